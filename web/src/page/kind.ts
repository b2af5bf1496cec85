/** What a kind of model has on the page beside its interfaces, where it takes what others do not: generate.mjs lists them. */
import type { PredictInput, TextOptions } from '../shared/api.js'
import type { Manifest } from '../shared/manifest.gen.js'
import type { Payload } from '../shared/protocol.js'

/**
 * What tasks/<kind>/page/payload.ts exports as `payload`: whatever `predict()` is given as what the kind's reader in the worker takes.
 * Undefined where the site is of another kind; then that, or the forms that every site has, come to it.
 */
export type ToPayload = (input: PredictInput, manifest: Manifest, stream?: 'more' | 'end', options?: TextOptions) => Promise<Payload> | undefined
