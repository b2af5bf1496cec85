/** Decides what a worker boots: which build of the runtime, which backends to try, which variant, how many threads. */
import type { LoadOptions } from '../shared/api.js'
import { EdgewebError } from '../shared/errors.js'
import type { BackendName } from '../shared/protocol.js'
import { chooseFlavour, remember, remembered } from './flavour.js'
import { variantAssets } from './plan.js'
import type { Recipe, Starter } from './process.js'
import type { Asset, FlavourName } from './requests.js'
import type { Site } from './site.js'

type Wanted = NonNullable<LoadOptions['backend']>

export class ModelStarter implements Starter {
  private flavour: Promise<FlavourName | undefined> | undefined
  /** Better weights did not come to this page, and its network may be closed: it goes on with the draft. */
  gaveUp = false

  constructor(
    private readonly site: Site,
    private readonly wanted: Wanted,
    private readonly threads: number,
    private readonly onBoot: () => void,
  ) {
    const offered = site.manifest.variants[0]?.backends ?? []
    if (wanted !== 'auto' && !offered.includes(wanted)) {
      throw new EdgewebError('usage', `This site was not built for the ${wanted} backend.`, `Use 'auto', or one of: ${offered.join(', ')}.`)
    }
  }

  get hasModest(): boolean {
    return this.threads > 1 || this.smallest() !== 0 || this.wanted !== 'wasm'
  }

  async recipe(modest: boolean): Promise<Recipe> {
    const { site: { supply, manifest, early }, wanted } = this
    this.flavour ??= wanted === 'auto' && early !== undefined ? early.flavour : chooseFlavour(supply.plan, wanted)
    const flavour = await this.flavour
    if (flavour === undefined) throw new EdgewebError('unsupported-browser', `This browser has no ${wanted === 'webnn' ? 'WebNN' : 'WebGPU'} here.`, "Use the backend 'auto'.")
    const variant = modest ? this.smallest() : 0
    const model = variantAssets(manifest, variant)
    const draft = await this.draftOf(model, variant, modest)
    const boot = supply.boot(flavour, this.gaveUp ? model.slice(0, draft) : model, draft)
    this.onBoot()
    const last = this.wanted === 'auto' && !modest ? remembered(supply.plan) : undefined
    const backends = this.backends(flavour, modest)
    if (last !== undefined) backends.sort((a, b) => Number(b === last.backend) - Number(a === last.backend))
    return { boot, manifest, variant, draft: draft !== undefined, threads: modest ? 1 : this.threads, backends, timed: last === undefined && backends.length > 1 }
  }

  /** How many shards make the draft that is to answer first; undefined where the whole model does. */
  private async draftOf(model: Asset[], variant: number, modest: boolean): Promise<number | undefined> {
    const files = this.site.manifest.variants[variant]?.draft?.files
    // A modest device has no room for two sessions.
    if (files === undefined || (modest && !this.gaveUp) || files >= model.length) return undefined
    return (await this.site.supply.has(model)) ? undefined : files
  }

  /** The next visit starts with what ran in this one. */
  async note(backend: BackendName): Promise<void> {
    const flavour = await this.flavour
    if (this.wanted === 'auto' && flavour !== undefined && flavour !== 'wasm') remember(this.site.supply.plan, { flavour, backend })
  }

  /** The plain build runs on the processor only; the larger ones try the GPU first, and the processor beside it. */
  private backends(flavour: FlavourName, modest: boolean): BackendName[] {
    if (this.wanted !== 'auto' && !modest) return [this.wanted]
    if (flavour === 'wasm' || modest) return ['wasm']
    return 'ml' in navigator ? ['webgpu', 'webnn', 'wasm'] : ['webgpu', 'wasm']
  }

  private smallest(): number {
    const sizes = this.site.manifest.variants.map(({ wireBytes }) => wireBytes)
    return sizes.indexOf(Math.min(...sizes))
  }
}
