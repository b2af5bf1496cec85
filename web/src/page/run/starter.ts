/** Decides what a worker boots: which build of the runtime, which backends to try, which variant, how many threads. */
import type { LoadOptions } from '../../shared/api.js'
import { EdgewebError } from '../../shared/errors.js'
import type { BackendName } from '../../shared/protocol.js'
import { chooseFlavour, firstVariant, forget, isPlain, remember, remembered, variantsFor } from './flavour.js'
import { besideOf, formsOf } from '../bytes/plan.js'
import type { Recipe, Starter } from './process.js'
import type { Asset } from '../bytes/asset.js'
import type { FlavourName, Form, Plan } from '../bytes/requests.js'
import type { Site } from '../site.js'

type Wanted = NonNullable<LoadOptions['backend']>

export class ModelStarter implements Starter {
  /** What did not start on this device, and why: a sentence for each variant. */
  readonly leftOut: string[] = []
  private flavour: Promise<FlavourName | undefined> | undefined
  /** Better weights did not come to this page, and its network may be closed: it goes on with the draft. */
  gaveUp = false
  private whole = false
  private contented = false
  private readonly failed = new Set<number>()
  private variant = 0
  /** With the forms of this model, which may be one of several. */
  private readonly plan: Plan

  constructor(
    private readonly site: Site,
    private readonly wanted: Wanted,
    private readonly threads: { usual: number; asked: boolean },
    private readonly onBoot: () => void,
  ) {
    this.plan = { ...site.supply.plan, variants: formsOf(site.manifest) }
    const offered: string[] = [...new Set(site.manifest.variants.flatMap(({ backends }) => backends))]
    if (wanted !== 'auto' && !offered.includes(wanted)) {
      throw new EdgewebError('usage', `This site was not built for the ${wanted} backend.`, `Use 'auto', or one of: ${offered.join(', ')}.`)
    }
  }

  get hasModest(): boolean {
    return this.threads.usual > 1 || this.smallest() !== this.variant || this.wanted !== 'wasm'
  }

  async recipe(modest: boolean): Promise<Recipe> {
    const { site: { supply, manifest, early }, wanted } = this
    this.flavour ??= wanted === 'auto' && early !== undefined ? early.flavour : chooseFlavour(this.plan, wanted)
    const found = await this.flavour
    const flavour = found === 'wasm' && this.wantsThreads && !modest ? 'full' : found
    if (flavour === undefined) throw new EdgewebError('unsupported-browser', `This browser has no ${wanted === 'webnn' ? 'WebNN' : 'WebGPU'} here.`, "Use the backend 'auto'.")
    // A session that was made beforehand has one thread, and the first form of the model.
    const restores = this.plan.runtimes[flavour]?.restores === true
    const variant = modest && !restores ? this.smallest() : this.best(flavour)
    this.variant = variant
    const form = this.plan.variants[variant]
    const model = restores ? [] : (form?.files ?? [])
    const draft = await this.draftOf(model, form, modest)
    const beside = restores ? [] : besideOf(manifest).map(([name, forms]) => ({ name, forms, variant: variantsFor({ ...this.plan, variants: forms }, flavour, this.wanted)[0] ?? 0 }))
    const others = beside.map(({ name, forms, variant: at }) => ({ model: name, files: forms[at]?.files ?? [], decodedBytes: manifest.models?.[name]?.variants[at]?.decodedBytes ?? null }))
    const boot = supply.boot(flavour, [...(this.gaveUp ? model.slice(0, draft) : model), ...others.flatMap(({ files }) => files)], draft)
    this.onBoot()
    const last = this.wanted === 'auto' && !modest && this.failed.size === 0 ? remembered(this.plan) : undefined
    const backends = this.backends(flavour, modest).filter((name) => form?.backends.includes(name))
    if (last !== undefined) backends.sort((a, b) => Number(b === last.backend) - Number(a === last.backend))
    return { boot, manifest, variant, own: model.length, others, beside: Object.fromEntries(beside.map(({ name, variant: at }) => [name, at])), draft: draft !== undefined, threads: modest || restores ? 1 : this.threads.usual, backends, timed: last === undefined && backends.length > 1 }
  }

  /** A session that was made beforehand has one thread: who asks for more gets the runtime that makes it, if that is to be had. */
  private get wantsThreads(): boolean {
    return this.plan.runtimes.wasm.restores && this.threads.asked && this.threads.usual > 1 && !this.contented
  }

  /** The whole runtime did not come: whether there is another, with one thread. */
  useFewer(): boolean {
    if (!this.wantsThreads || this.whole) return false
    this.contented = true
    return true
  }

  /** How many shards make the draft that is to answer first; undefined where the whole model does. */
  private async draftOf(model: Asset[], form: Form | undefined, modest: boolean): Promise<number | undefined> {
    const files = form?.draft ?? null
    // A modest device has no room for two sessions.
    if (files === null || (modest && !this.gaveUp) || files >= model.length) return undefined
    return (await this.site.supply.has(model)) ? undefined : files
  }

  /** Leave out the variant that did not start; false where there is no other. */
  async stepDown(reason: string): Promise<boolean> {
    const { manifest } = this.site
    const flavour = await this.flavour
    if (flavour === undefined) return false
    if (flavour === 'wasm' && !this.wantsThreads && this.plan.runtimes.wasm.restores && this.useWhole()) return true
    this.failed.add(this.variant)
    this.leftOut.push(`${manifest.variants[this.variant]?.id ?? 'A form of the model'} was left out: ${reason}`)
    return variantsFor(this.plan, flavour, this.wanted).some((i) => !this.failed.has(i))
  }

  /** What is remembered starts the next visit. */
  useWhole(): boolean {
    const { plan, variant } = this
    if (this.whole || plan.runtimes.full === undefined) return false
    this.whole = true
    this.flavour = Promise.resolve('full')
    this.leftOut.push('The runtime that was cut to the model lacked a part that was needed: the whole runtime runs instead.')
    remember(plan, { flavour: 'full', backend: 'wasm', variant })
    return true
  }

  /** The whole runtime failed as well: it is no better, and nothing for the next visit. */
  wholeFailed(): void {
    forget(this.plan)
  }

  /** The next visit starts with what ran in this one. */
  async note(backend: BackendName): Promise<void> {
    const flavour = await this.flavour
    const { failed, variant } = this
    if (this.wanted === 'auto' && flavour !== undefined && (flavour !== 'wasm' || failed.size > 0)) remember(this.plan, { flavour, backend, variant })
  }

  /** The first that has not failed. */
  private best(flavour: FlavourName): number {
    const order = [firstVariant(this.plan, flavour, this.wanted), ...variantsFor(this.plan, flavour, this.wanted)]
    return order.find((i) => !this.failed.has(i)) ?? 0
  }

  /** The plain build runs on the processor only; the larger ones try the GPU first, and the processor beside it. */
  private backends(flavour: FlavourName, modest: boolean): BackendName[] {
    if (this.wanted !== 'auto' && !modest) return [this.wanted]
    if (isPlain(flavour) || modest) return ['wasm']
    return 'ml' in navigator ? ['webgpu', 'webnn', 'wasm'] : ['webgpu', 'wasm']
  }

  /** For the processor, which is what a modest worker has. */
  private smallest(): number {
    const bytes = (i: number): number => this.site.manifest.variants[i]?.wireBytes ?? Infinity
    const usable = variantsFor(this.plan, 'wasm', 'wasm').filter((i) => !this.failed.has(i))
    return usable.reduce((a, b) => (bytes(b) < bytes(a) ? b : a), usable[0] ?? this.variant)
  }
}
