/** Which build of ONNX Runtime a device gets: one is fetched, and only a device with a GPU fetches a larger one. */
import type { BackendName } from '../../shared/protocol.js'
import type { FlavourName, Plan } from '../bytes/requests.js'

type Wanted = 'auto' | 'wasm' | 'webgpu' | 'webnn'

/** Where the winner is remembered: by what of the release decides, so that another model or runtime is timed anew. */
function memoryKey({ variants, runtimes }: Plan): string {
  return `edgeweb backend ${[...variants.map(({ files }) => files[0]), runtimes.wasm.wasm[0]].map((asset) => asset?.sha256.slice(0, 16)).join(' ')}`
}

export interface Last {
  flavour: FlavourName
  backend: BackendName
  variant: number
}

/** Remember what ran on this device. The build with it: it is the one that the store has, also without a network. */
export function remember(plan: Plan, { flavour, backend, variant }: Last): void {
  try {
    localStorage.setItem(memoryKey(plan), `${flavour} ${backend} ${variant}`)
  } catch {
    // Storage may be forbidden; then every visit times anew.
  }
}

/** The next visit chooses anew. */
export function forget(plan: Plan): void {
  try {
    localStorage.removeItem(memoryKey(plan))
  } catch {
    // Then nothing was remembered.
  }
}

export function remembered(plan: Plan): Last | undefined {
  try {
    const [flavour, backend, number] = (localStorage.getItem(memoryKey(plan)) ?? '').split(' ') as [FlavourName, BackendName?, string?]
    const variant = Number(number)
    const usable = plan.variants[variant] !== undefined && plan.runtimes[flavour] !== undefined && (flavour !== 'jspi' || 'Suspending' in WebAssembly)
    return usable && backend !== undefined ? { flavour, backend, variant } : undefined
  } catch {
    return undefined
  }
}

/** Builds for the processor alone. */
export function isPlain(flavour: FlavourName): boolean {
  return flavour === 'wasm' || flavour === 'full'
}

/** The variants that can run, the best first: those for the GPU where there is one; what only the processor runs comes after them. */
export function variantsFor({ variants }: Plan, flavour: FlavourName, wanted: Wanted): number[] {
  const offering = (backend: BackendName): number[] => [...variants.keys()].filter((i) => variants[i]?.backends.includes(backend))
  if (wanted !== 'auto') return offering(wanted)
  return [...new Set([...(isPlain(flavour) ? [] : offering('webgpu')), ...offering('wasm')])]
}

/** The variant that is loaded first: the one that ran at the last visit, where it is known. */
export function firstVariant(plan: Plan, flavour: FlavourName, wanted: Wanted = 'auto'): number {
  const last = wanted === 'auto' ? remembered(plan) : undefined
  return last?.variant ?? variantsFor(plan, flavour, wanted)[0] ?? 0
}

/** The smallest build that can try what is `wanted`; `undefined` where this browser has nothing for it. */
export async function chooseFlavour(plan: Plan, wanted: Wanted = 'auto'): Promise<FlavourName | undefined> {
  const last = remembered(plan)
  if (wanted === 'wasm') return last?.flavour === 'full' ? 'full' : 'wasm'
  if (last !== undefined && wanted === 'auto') return last.flavour
  const { gpu, ml } = navigator as { gpu?: { requestAdapter(): Promise<unknown> }; ml?: unknown }
  const larger = 'Suspending' in WebAssembly && plan.runtimes.jspi !== undefined ? 'jspi' : 'asyncify'
  if (wanted === 'webnn') return ml === undefined ? undefined : larger
  if (wanted === 'auto' && (!plan.accelerate || gpu === undefined || plan.runtimes[larger] === undefined)) return 'wasm'
  const adapter = await gpu?.requestAdapter().catch(() => null)
  if (adapter != null) return larger
  return wanted === 'auto' ? 'wasm' : undefined
}
