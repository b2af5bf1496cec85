/** The files that a release's page executes, from its manifest: the same plan that the builder wrote into index.html. */
import { EdgewebError } from '../../shared/errors.js'
import type { Manifest } from '../../shared/manifest.gen.js'
import type { Asset } from './asset.js'
import type { Flavour, FlavourName, Form, Plan } from './requests.js'

export function assetOf(manifest: Manifest, path: string): Asset {
  const entry = manifest.files[path]
  if (entry === undefined) throw new EdgewebError('site-invalid', `The manifest does not list ${path}.`, 'Build the site again.')
  return { path, bytes: entry.bytes, wire: entry.encodings?.['br'] ?? entry.bytes, sha256: entry.sha256 }
}

export function makePlan(manifest: Manifest): Plan {
  const asset = (path: string): Asset => assetOf(manifest, path)
  const flavours = Object.entries(manifest.runtimes).map(([name, { worker, glue, wasm, cut }]): [string, Flavour] => [name, { worker: asset(worker), glue: asset(glue), wasm: wasm.map(asset), restores: (cut?.restores ?? 0) > 0 }])
  const runtimes = Object.fromEntries(flavours) as Partial<Record<FlavourName, Flavour>>
  const { wasm } = runtimes
  if (wasm === undefined) throw new EdgewebError('site-invalid', 'The site has no runtime.', 'Build the site again.')
  const { python, hooks, language } = manifest
  const interpreter = python == null || hooks == null ? {} : {
    python: { worker: asset(python.worker), glue: asset(python.glue), wasm: python.wasm.map(asset), library: asset(python.library), api: asset(python.api), source: asset(hooks.file), packages: (python.packages ?? []).map(({ files }) => files.map(asset)) },
  }
  const words = language == null ? {} : { text: { script: asset(language.script), tokenizer: asset(language.file) } }
  return {
    script: asset(manifest.script), interface: asset(manifest.interface),
    runtimes: { ...runtimes, wasm }, variants: formsOf(manifest),
    accelerate: manifest.variants.some((variant) => variant.accelerate), ...interpreter, ...words,
  }
}

/** The forms of the further models that run in the worker of the first, by name; hooks run each in its own. */
export function besideOf(manifest: Manifest): [name: string, forms: Form[]][] {
  return manifest.hooks == null ? Object.entries(manifest.models ?? {}).map(([name, { variants }]) => [name, formsOf({ ...manifest, variants })]) : []
}

/** The forms of the manifest's model. */
export function formsOf(manifest: Manifest): Form[] {
  return manifest.variants.map(({ files, backends, draft }) => ({ files: files.map((path) => assetOf(manifest, path)), backends, draft: draft?.files ?? null }))
}

/** Whether two plans name the same content: a page and a manifest of different releases must not run together. */
export function samePlan(a: Plan, b: Plan): boolean {
  return fingerprint(a) === fingerprint(b)
}

function fingerprint(plan: Plan): string {
  const flavours = Object.entries(plan.runtimes).sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, { worker, glue, wasm }]) => [worker, glue, ...wasm])
  const { worker, glue, wasm, library, api, source, packages } = plan.python ?? {}
  const python = [worker, glue, ...(wasm ?? []), library, api, source, ...(packages ?? []).flat(), plan.text?.script, plan.text?.tokenizer].filter((asset) => asset !== undefined)
  return [plan.script, plan.interface, ...flavours, ...plan.variants.flatMap(({ files }) => files), ...python].map(({ path, sha256 }) => `${path} ${sha256}`).join('\n')
}
