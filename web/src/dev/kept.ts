/** What a visitor has given to a page: fields, files, examples and whether it was sent off; taken from one document, given to another. */
import { found, keyOf, placeOf, rootsIn, type Place, type Root } from './places.js'

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement
type Carrier = 'change' | 'drop' | 'paste'

/** Files as they came in, by which event, or the press of an example. */
type Given = { place: Place; files: readonly File[]; by: Carrier } | { place: Place; by: 'click' }

export interface Inputs {
  fields: readonly { place: Place; value: string | boolean }[]
  given: readonly Given[]
  /** The forms that were sent off. */
  sent: readonly Place[]
  scroll: number
}

const FIELDS = 'input, textarea, select'
/** What a page shows of a picture or a sound that was given to it; examples have pictures of their own. */
const SHOWN = 'canvas, img[src^="blob:"], audio, video'
const EXAMPLE = '.examples .thumb'
const TRIES = 40
const FRAME_MS = 16

const valueOf = (field: Field): string | boolean => ('checked' in field && (field.type === 'checkbox' || field.type === 'radio') ? field.checked : field.value)

const isFile = (field: Field): boolean => field.type === 'file'

function* fieldsIn(document: Document): Generator<Field> {
  for (const root of rootsIn(document)) yield* root.querySelectorAll<Field>(FIELDS)
}

function showsSomething(document: Document): boolean {
  return [...rootsIn(document)].some((root) => [...root.querySelectorAll(SHOWN)].some((each) => each.closest('.examples') === null))
}

/** Watches a document from its beginning; events of shadow roots do not leave them, so each root is listened to. */
export class Keeper {
  private readonly roots = new WeakSet<Root>()
  private readonly first = new Map<string, string | boolean>()
  private given: Given[] = []
  private readonly sent = new Map<string, Place>()
  private shown = false
  private started = false

  constructor(private readonly document: Document) {
    this.listen(document)
  }

  /** What stands in the fields now was there by itself: a visitor has given what differs from it. */
  start(): void {
    this.started = true
    for (const field of fieldsIn(this.document)) this.note(field)
  }

  inputs(): Inputs {
    const gone = this.shown && !showsSomething(this.document)
    const fields = [...fieldsIn(this.document)].flatMap((field) => {
      const place = isFile(field) ? undefined : placeOf(field)
      const value = valueOf(field)
      return place === undefined || (this.first.get(keyOf(place)) ?? '') === value ? [] : [{ place, value, slides: field.type === 'range' }]
    })
    // A slider has the value of a field in its own steps; the field says it whole, so it comes later.
    fields.sort((a, b) => Number(b.slides) - Number(a.slides))
    return { fields, given: gone ? [] : this.given, sent: [...this.sent.values()], scroll: this.document.defaultView?.scrollY ?? 0 }
  }

  private note(field: Field): void {
    const place = placeOf(field)
    if (place !== undefined && !this.first.has(keyOf(place))) this.first.set(keyOf(place), valueOf(field))
  }

  private listen(root: Root): void {
    for (const each of rootsIn(root)) {
      if (this.roots.has(each)) continue
      this.roots.add(each)
      for (const type of ['change', 'submit', 'click'] as const) each.addEventListener(type, this.on, true)
      new MutationObserver(this.grown).observe(each, { childList: true, subtree: true })
    }
    if (root === this.document) for (const type of ['drop', 'paste'] as const) root.addEventListener(type, this.on, true)
  }

  private readonly grown = (changes: MutationRecord[]): void => {
    const added = changes.flatMap((change) => [...change.addedNodes]).filter((node): node is Element => node.nodeType === Node.ELEMENT_NODE)
    for (const element of added) {
      for (const each of [element, ...element.querySelectorAll('*')]) if (each.shadowRoot) this.listen(each.shadowRoot)
    }
    if (this.given.length) this.shown ||= showsSomething(this.document)
  }

  private readonly on = (event: Event): void => {
    if (!this.started) return
    const [target] = event.composedPath()
    // Not `instanceof`: the document has classes of its own.
    const element = target !== undefined && 'localName' in target ? (target as Element) : this.document.documentElement
    const example = event.type === 'click' ? element.closest(EXAMPLE) : null
    const place = event.type !== 'click' ? placeOf(element) : example === null ? undefined : placeOf(example, EXAMPLE)
    if (place === undefined) return
    if (event.type === 'submit') this.sent.set(keyOf(place), place)
    else if (event.type === 'click') this.take({ place, by: 'click' }, true)
    else this.takeFiles(event, element, place)
  }

  private takeFiles(event: Event, element: Element, place: Place): void {
    const { files } = event.type === 'change' ? (element as HTMLInputElement) : event.type === 'drop' ? (event as DragEvent).dataTransfer ?? {} : (event as ClipboardEvent).clipboardData ?? {}
    if (!files?.length) return
    // Of this document, as the one that they were given to will be gone.
    const own = [...files].map((file) => new File([file], file.name, { type: file.type, lastModified: file.lastModified }))
    const several = event.type !== 'change' || (element as HTMLInputElement).multiple
    this.take({ place, files: own, by: event.type as Carrier }, !several)
  }

  /** `alone`: it takes the place of what the same element gave before. */
  private take(given: Given, alone: boolean): void {
    const key = keyOf(given.place)
    this.given = [...(alone ? this.given.filter((each) => keyOf(each.place) !== key) : this.given), given]
    // A page shows it in a moment, or not at all.
    this.shown = false
  }
}

/** Give everything to another document; what has no place there any more is left out. */
export async function restore(document: Document, { fields, given, sent, scroll }: Inputs): Promise<void> {
  const realm = document.defaultView as (Window & typeof globalThis) | null
  if (realm === null) return
  for (const each of given) await giveTo(document, realm, each)
  for (const { place, value } of fields) {
    const field = (await soon(() => found(document, place))) as Field | undefined
    // A text may have become a box to tick.
    if (field !== undefined && typeof valueOf(field) === typeof value) fill(realm, field, value)
  }
  for (const place of sent) {
    const form = (await soon(() => found(document, place))) as HTMLFormElement | undefined
    form?.requestSubmit()
  }
  realm.scrollTo({ top: scroll, behavior: 'instant' })
}

function fill(realm: Window & typeof globalThis, field: Field, value: string | boolean): void {
  if (typeof value === 'boolean') (field as HTMLInputElement).checked = value
  else field.value = value
  for (const type of ['input', 'change']) field.dispatchEvent(new realm.Event(type, { bubbles: true, composed: type === 'input' }))
}

async function giveTo(document: Document, realm: Window & typeof globalThis, given: Given): Promise<void> {
  const near = await soon(() => found(document, given.place), (element) => given.by !== 'click' || !(element as HTMLButtonElement).disabled)
  // Whole pages take what is dropped or pasted.
  const at = near ?? (given.by === 'drop' || given.by === 'paste' ? document.body : undefined)
  if (at === undefined) return
  if (given.by === 'click') return (at as HTMLElement).click()
  const carried = new realm.DataTransfer()
  // Of its own classes, by which the page tells a file from an example's picture.
  for (const file of given.files) carried.items.add(new realm.File([file], file.name, { type: file.type, lastModified: file.lastModified }))
  const how = { bubbles: true, cancelable: true, composed: true }
  if (given.by === 'drop') at.dispatchEvent(new realm.DragEvent('drop', { ...how, dataTransfer: carried }))
  else if (given.by === 'paste') at.dispatchEvent(new realm.ClipboardEvent('paste', { ...how, clipboardData: carried }))
  else {
    ;(at as HTMLInputElement).files = carried.files
    at.dispatchEvent(new realm.Event('change', { bubbles: true }))
  }
}

/** What an element that was filled in brings about appears a moment later. */
async function soon(look: () => Element | undefined, fits: (element: Element) => boolean = () => true): Promise<Element | undefined> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const element = look()
    if (element !== undefined && fits(element)) return element
    await new Promise((done) => setTimeout(done, FRAME_MS))
  }
  return undefined
}
