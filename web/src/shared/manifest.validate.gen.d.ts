import type { Manifest } from './manifest.gen.js'
interface Problem { instancePath: string; message?: string; params: Record<string, unknown> }
declare const validate: { (value: unknown): value is Manifest; errors?: Problem[] | null }
export default validate
