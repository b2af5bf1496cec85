/** Fetches a site's runtime and model, all at once, checked against their SHA-256, with progress in bytes on the wire. */
import { EdgewebError } from '../shared/errors.js'
import type { Asset, Plan, Requests } from './requests.js'

/** After this long without a byte a download is given up: a stalled connection never times out by itself. */
const STALL_MS = 30_000

export class Downloads {
  readonly total: number
  readonly runtime: Promise<WebAssembly.Module>
  readonly model: Promise<Uint8Array<ArrayBuffer>[]>
  loaded = 0
  onProgress: ((loaded: number, total: number) => void) | undefined
  private readonly stop: AbortController
  private watchdog: ReturnType<typeof setTimeout> | undefined
  private finished = false

  /** @param begun what is on its way already. */
  constructor(
    readonly plan: Plan,
    private readonly begun?: Requests,
  ) {
    this.stop = begun?.stop ?? new AbortController()
    this.total = [plan.wasm, ...plan.model].reduce((sum, asset) => sum + asset.wire, 0)
    this.touch()
    this.runtime = this.compile(plan.wasm)
    this.model = Promise.all(plan.model.map((asset) => this.bytes(asset)))
    Promise.all([this.runtime, this.model])
      // One failure makes the rest useless. Who awaits the parts hears of it; a page that never asks must not.
      .catch((error: unknown) => this.stop.abort(error))
      .finally(() => {
        this.finished = true
        clearTimeout(this.watchdog)
      })
  }

  abort(reason: unknown): void {
    this.stop.abort(reason)
  }

  /** Compiled straight from the response: only so does Chromium keep the machine code for the next visit. */
  private async compile(asset: Asset): Promise<WebAssembly.Module> {
    const response = await this.open(asset)
    try {
      const module = await (this.begun?.module ?? WebAssembly.compileStreaming(response))
      this.advance(asset.wire)
      return module
    } catch (error) {
      throw this.failure(asset, error)
    }
  }

  private async bytes(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.open(asset)
    const whole = new Uint8Array(asset.bytes)
    let filled = 0
    try {
      const reader = response.body?.getReader()
      for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
        whole.set(part.value, filled)
        filled += part.value.length
        this.advance((part.value.length * asset.wire) / asset.bytes)
      }
    } catch (error) {
      throw this.failure(asset, error)
    }
    if (filled !== asset.bytes || !(await matches(whole, asset.sha256))) throw damaged(asset)
    return whole
  }

  private async open(asset: Asset): Promise<Response> {
    try {
      const url = new URL(asset.path, this.plan.base)
      const response = await (this.begun?.files[asset.path] ?? fetch(url, { signal: this.stop.signal, credentials: 'same-origin' }))
      if (response.ok) return response
      throw new EdgewebError('network', `${asset.path} could not be loaded: the server answered ${response.status}.`, 'Try again in a moment.')
    } catch (error) {
      throw this.failure(asset, error)
    }
  }

  private failure(asset: Asset, error: unknown): Error {
    if (error instanceof EdgewebError) return error
    if (this.stop.signal.aborted) return this.stop.signal.reason instanceof Error ? this.stop.signal.reason : new EdgewebError('aborted', 'Loading was stopped.', 'Load it again.')
    if (error instanceof WebAssembly.CompileError) return damaged(asset)
    return new EdgewebError('network', `${asset.path} could not be loaded.`, 'Check the connection and try again.', { cause: error })
  }

  private advance(wire: number): void {
    this.loaded = Math.min(this.total, this.loaded + wire)
    this.touch()
    this.onProgress?.(Math.round(this.loaded), this.total)
  }

  private touch(): void {
    clearTimeout(this.watchdog)
    if (this.finished) return
    this.watchdog = setTimeout(() => {
      this.stop.abort(new EdgewebError('timeout', `The download stopped for ${STALL_MS / 1000} seconds.`, 'Check the connection and try again.'))
    }, STALL_MS)
  }
}

function damaged(asset: Asset): EdgewebError {
  return new EdgewebError('integrity', `${asset.path} arrived damaged and was not used.`, 'Reload the page; if it stays, the site has to be put on its host again.')
}

async function matches(bytes: Uint8Array<ArrayBuffer>, sha256: string): Promise<boolean> {
  // Plain http on a network address has no crypto; whoever could change the model there could change this script as well.
  if (!globalThis.isSecureContext) return true
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sha256
}
