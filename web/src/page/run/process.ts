/** One compute worker from its start to its end: boots it against deadlines, and notices when it dies. */
import type { Backend } from '../../shared/api.js'
import { watch } from '../../shared/alive.js'
import { EdgewebError, type ErrorCode } from '../../shared/errors.js'
import type { Manifest } from '../../shared/manifest.gen.js'
import type { BackendName, FromWorker, PlainError, ToWorker } from '../../shared/protocol.js'
import { within } from '../deadline.js'
import { sealedWorker, type Sealed } from './frame.js'
import { SOON_MS, type Boot, type Shards } from '../bytes/supply.js'
import { Trapped, TrapWatch } from './trap.js'

/** What to boot. */
export interface Recipe {
  boot: Boot
  manifest: Manifest
  variant: number
  /** So many of the shards are the site's own model's; those of the further ones come after them, one model's after another's. */
  own: number
  others: { model: string; files: readonly unknown[]; decodedBytes: number | null }[]
  /** The variants of these. */
  beside: Record<string, number>
  /** A draft answers first; `boot.rest` makes it whole, if that is to be tried. */
  draft: boolean
  threads: number
  backends: BackendName[]
  timed: boolean
}

export interface Starter {
  /** Whether a modest worker differs from an ordinary one. */
  hasModest: boolean
  recipe(modest: boolean): Promise<Recipe>
  /** Better weights did not come. */
  gaveUp: boolean
  /** From now on the whole runtime; false where that is what trapped. */
  useWhole(): boolean
  /** It gave no answer to the call that it was taken for. */
  wholeFailed(): void
  /** From now on with one thread; false where that changes nothing. */
  useFewer(): boolean
  /** After a start that failed for this reason: whether there is another form of the model to try. */
  stepDown(reason: string): Promise<boolean>
}

/** ONNX Runtime waits for ever where a policy blocks it; each step of a boot must end within this. */
const STEP_MS = 20_000
/** The slowest device that is waited for makes a session at this pace. */
const BYTES_PER_MS = 1000

export class Process {
  readonly ready: Promise<Backend>
  /** When the whole model answers; rejects when only a draft will. */
  readonly upgraded: Promise<Backend>
  isReady = false
  private fails: (error: Error) => void = () => undefined
  private upgrades: (backend: Backend) => void = () => undefined
  private staysDraft: (error: Error) => void = () => undefined
  private sealed: Sealed | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly ended = new AbortController()
  private readonly traps = new TrapWatch(() => this.fail(new Trapped()))

  constructor(
    starter: Starter,
    modest: boolean,
    private readonly onMessage: (message: FromWorker) => void,
    private readonly onDeath: (error: Error) => void,
  ) {
    this.ready = new Promise<Backend>((resolve, reject) => {
      this.fails = reject
      starter.recipe(modest).then((recipe) => this.start(recipe, resolve)).catch((error: unknown) => this.fail(toError(error)))
    })
    this.upgraded = new Promise<Backend>((resolve, reject) => {
      this.upgrades = resolve
      this.staysDraft = reject
    })
    for (const promise of [this.ready, this.upgraded]) promise.catch(() => undefined)
  }

  post(message: ToWorker, transfer: Transferable[] = []): void {
    if (message.type === 'call' || message.type === 'start' || message.type === 'upgrade') this.traps.begin()
    this.sealed?.worker.postMessage(message, transfer)
  }

  /** It is not to be used any more, and whoever owns it hears why. */
  fail(reason: Error): void {
    if (this.ended.signal.aborted) return
    // A thread's trap ends the worker too, and word of that may come first.
    const error = this.traps.hasTrapped ? new Trapped() : reason
    this.end(error)
    this.onDeath(error)
  }

  end(error: Error): void {
    this.ended.abort()
    this.traps.end()
    clearTimeout(this.timer)
    this.fails(error)
    this.staysDraft(error)
    this.sealed?.dispose()
  }

  private async start({ boot, manifest, variant, own, others, beside, draft: hasDraft, threads, backends, timed }: Recipe, onReady: (backend: Backend) => void): Promise<void> {
    const [script, glue] = await boot.scripts
    if (this.ended.signal.aborted) return
    const sealed = sealedWorker(script, glue, 'edgeweb-compute')
    this.sealed = sealed
    const alive = `edgeweb worker ${crypto.getRandomValues(new Uint32Array(4)).join('-')}`
    sealed.worker.onerror = (event) => {
      event.preventDefault()
      this.fail(died(event.message))
    }
    sealed.worker.onmessage = ({ data }: MessageEvent<FromWorker>): void => {
      if (data.type === 'alive') return watch(alive, this.ended.signal, () => this.fail(died()))
      if (data.type === 'memory') return this.traps.see(data.buffer, flag ?? 0)
      if (data.type === 'trapped') return this.fail(new Trapped())
      if (data.type !== 'phase' && data.type !== 'part' && data.type !== 'written') this.traps.end()
      if (data.type === 'ready') {
        clearTimeout(this.timer)
        this.isReady = true
        if (!data.backend.draft) this.upgrades(data.backend)
        onReady(data.backend)
      } else if (data.type === 'upgraded') {
        clearTimeout(this.timer)
        this.upgrades(data.backend)
      } else if (data.type === 'upgrade-failed') {
        clearTimeout(this.timer)
        this.staysDraft(revive(data.error))
      } else if (data.type === 'start-failed' || data.type === 'lost') this.fail(revive(data.error))
      else {
        if (!this.isReady) this.deadline(this.size)
        this.onMessage(data)
      }
    }
    const { flag = null, restores = 0 } = manifest.runtimes[boot.flavour]?.cut ?? {}
    this.post({ type: 'prepare', glue: sealed.glue, threads, alive })
    const decodedBytes = manifest.variants[variant]?.decodedBytes ?? null
    const first = manifest.variants[variant]?.draft?.files ?? Infinity
    const places = placesOf(own, decodedBytes, others)
    const handed = this.hand(boot.model, places, first)
    // Reported when the runtime is there and the model is waited for.
    handed.catch(() => undefined)
    this.post({ type: 'runtime', module: await boot.module, flag, restores: restores > 0 })
    if (boot.text !== undefined) {
      const [code, data] = await boot.text
      this.post({ type: 'script', script: code, data })
    }
    this.size = await handed
    // Nothing else is on its way any more that the first answer waits for.
    const rest = boot.rest && this.hand(boot.rest.shards(), places, first)
    rest?.catch(() => undefined)
    const draft = hasDraft && !(rest !== undefined && boot.rest?.soon() === true && (await isThere(rest)))
    this.deadline(this.size)
    this.post({ type: 'start', manifest, variant, beside, backends, timed, draft })
    if (draft) await this.upgrade(rest)
  }

  /** When everything is there, the worker puts the whole model in the draft's place. */
  private async upgrade(rest: Promise<number> | undefined): Promise<void> {
    try {
      await this.ready
      if (rest === undefined) throw new EdgewebError('network', 'Better weights than the draft\'s did not arrive.', 'Reload the page.')
      await rest
      if (this.ended.signal.aborted) return
      this.deadline(this.size)
      this.post({ type: 'upgrade' })
    } catch (error) {
      this.staysDraft(toError(error))
    }
  }

  /** Move each shard to the worker as soon as it is there; gives the length of the files that they make. */
  private async hand(shards: Shards, places: readonly Place[], first: number): Promise<number> {
    const reader = shards.getReader()
    let size = places.reduce((sum, { decodedBytes }) => sum + (decodedBytes ?? 0), 0)
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const [index, bytes] = next.value
      const { model, from, decodedBytes } = places.findLast((each) => each.from <= index) as Place
      if (decodedBytes === null) size += bytes.length
      // Read on when the worker has ended: what nobody takes would be kept.
      if (!this.ended.signal.aborted) this.post({ type: 'shard', model, index: index - from, bytes, decodedBytes, rest: model === null && index >= first }, [bytes.buffer])
    }
    return size
  }

  private size = 0

  private deadline(bytes: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.fail(new EdgewebError('timeout', 'The model did not start in time.', 'Reload the page, or try another browser.')), STEP_MS + bytes / BYTES_PER_MS)
  }
}

/** Where the shards of a model begin, and the length of its file where they are coded. */
interface Place {
  model: string | null
  from: number
  decodedBytes: number | null
}

function placesOf(own: number, decodedBytes: number | null, others: Recipe['others']): Place[] {
  let from = own
  return [{ model: null, from: 0, decodedBytes }, ...others.map(({ model, files, decodedBytes }) => ({ model, from: (from += files.length) - files.length, decodedBytes }))]
}

/** Whether it is there about as soon as was expected. */
function isThere(rest: Promise<unknown>): Promise<boolean> {
  return within(1.5 * SOON_MS, rest, 'The rest').then(() => true, () => false)
}

function died(message?: string): EdgewebError {
  return new EdgewebError('worker-died', `The part of the page that runs the model stopped${message ? ` (${message})` : ''}.`, 'Try again; close other tabs if it stays.')
}

export function revive({ code, message, hint, details }: PlainError): EdgewebError {
  return new EdgewebError(code satisfies ErrorCode, message, hint, details === undefined ? {} : { details })
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
