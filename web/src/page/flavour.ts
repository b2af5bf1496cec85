/** Which build of ONNX Runtime a device gets: one is fetched, and only a device with a GPU fetches a larger one. */
import type { FlavourName, Plan } from './requests.js'

type Wanted = 'auto' | 'wasm' | 'webgpu' | 'webnn'

/** Where the winner is remembered: by what of the release decides, so that another model or runtime is timed anew. */
function memoryKey({ model, runtimes }: Plan): string {
  return `edgeweb backend ${[model[0], runtimes.wasm.wasm[0]].map((asset) => asset?.sha256.slice(0, 16)).join(' ')}`
}

/** Remember which backend won on this device. */
export function remember(plan: Plan, backend: string): void {
  try {
    localStorage.setItem(memoryKey(plan), backend)
  } catch {
    // Storage may be forbidden; then every visit times anew.
  }
}

function remembered(plan: Plan): string | null {
  try {
    return localStorage.getItem(memoryKey(plan))
  } catch {
    return null
  }
}

/** The smallest build that can try what is `wanted`; `undefined` where this browser has nothing for it. */
export async function chooseFlavour(plan: Plan, wanted: Wanted = 'auto'): Promise<FlavourName | undefined> {
  if (wanted === 'wasm') return 'wasm'
  const { gpu, ml } = navigator as { gpu?: { requestAdapter(): Promise<unknown> }; ml?: unknown }
  const larger = 'Suspending' in WebAssembly && plan.runtimes.jspi !== undefined ? 'jspi' : 'asyncify'
  if (wanted === 'webnn') return ml === undefined ? undefined : larger
  if (wanted === 'auto' && (!plan.accelerate || gpu === undefined || plan.runtimes[larger] === undefined || remembered(plan) === 'wasm')) return 'wasm'
  const adapter = await gpu?.requestAdapter().catch(() => null)
  if (adapter != null) return larger
  return wanted === 'auto' ? 'wasm' : undefined
}
