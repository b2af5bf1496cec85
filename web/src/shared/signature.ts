/** Signatures as builder/edgeweb/trust makes them: edgeweb.sig over a site, and the one that a channel file carries. */
import { sha256 } from './store.js'

export interface Key {
  key: CryptoKey
  /** Of a coordinate, in bytes: half of a signature as WebCrypto wants it. */
  size: number
  hash: string
}

const CURVES = [
  { name: 'P-256', size: 32, hash: 'SHA-256' },
  { name: 'P-384', size: 48, hash: 'SHA-384' },
  { name: 'P-521', size: 66, hash: 'SHA-512' },
]
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const PAYLOAD = 'application/vnd.in-toto+json'
const CHANNELS = 'application/vnd.edgeweb.channels+json'
const STATEMENT = 'https://in-toto.io/Statement/v1'
const PREDICATE = 'https://model_signing/signature/v1.0'
const MANIFEST = 'edgeweb.json'

/** The keys of a text of PEM blocks whose SHA-256 is among `signers`; what cannot be read is left out. */
export async function readKeys(pem: string, signers: readonly string[]): Promise<Key[]> {
  const blocks = [...pem.matchAll(/-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----/g)]
  const ders = blocks.map(([, body = '']) => bytesOf(body.replace(/\s/g, ''))).filter((der) => der !== undefined)
  const named = await Promise.all(ders.map(async (der) => (signers.includes(await sha256(der)) ? readKey(der) : undefined)))
  return named.filter((key) => key !== undefined)
}

/** A curve is none but its own: WebCrypto refuses a key of another. */
async function readKey(der: Uint8Array<ArrayBuffer>): Promise<Key | undefined> {
  for (const { name, size, hash } of CURVES) {
    const key = await crypto.subtle.importKey('spki', der, { name: 'ECDSA', namedCurve: name }, false, ['verify']).catch(() => undefined)
    if (key !== undefined) return { key, size, hash }
  }
  return undefined
}

/** Whether one of the keys signed a folder whose edgeweb.json is this text; the manifest then names all other files. */
export async function isSiteSigned(bundle: string, manifestText: string, keys: readonly Key[]): Promise<boolean> {
  try {
    const { mediaType, dsseEnvelope: envelope } = JSON.parse(bundle) as Bundle
    if (mediaType !== BUNDLE || envelope.payloadType !== PAYLOAD) return false
    const payload = bytesOf(envelope.payload)
    if (payload === undefined) return false
    const checks = await Promise.all(envelope.signatures.map(({ sig }) => isSigned(PAYLOAD, payload, sig, keys)))
    if (!checks.includes(true)) return false
    const statement = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as Statement
    if (statement._type !== STATEMENT || statement.predicateType !== PREDICATE) return false
    const found = statement.predicate.resources.filter(({ name }) => name === MANIFEST)
    return found.length === 1 && found[0]?.algorithm === 'sha256' && found[0].digest === (await sha256(new TextEncoder().encode(manifestText)))
  } catch {
    return false
  }
}

interface Bundle {
  mediaType: string
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] }
}

interface Statement {
  _type: string
  predicateType: string
  predicate: { resources: { name: string; algorithm: string; digest: string }[] }
}

/** As the builder writes it; inside a JSON string the quotes would be escaped, so nothing else can look like it. */
const SIGNATURE = /"signature": "([A-Za-z0-9+/=]*)"/g

/** Whether one of the keys signed this channel file: the same text with an empty signature. */
export async function isChannelsSigned(text: string, keys: readonly Key[]): Promise<boolean> {
  const found = [...text.matchAll(SIGNATURE)]
  const [, signature = ''] = found[0] ?? []
  if (found.length !== 1) return false
  return isSigned(CHANNELS, new TextEncoder().encode(text.replace(SIGNATURE, '"signature": ""')), signature, keys).catch(() => false)
}

async function isSigned(kind: string, payload: Uint8Array, signature: unknown, keys: readonly Key[]): Promise<boolean> {
  const der = typeof signature === 'string' ? bytesOf(signature) : undefined
  if (der === undefined) return false
  const text = pae(kind, payload)
  const checks = await Promise.all(keys.map(async ({ key, size, hash }) => {
    const plain = plainSignature(der, size)
    return plain !== undefined && crypto.subtle.verify({ name: 'ECDSA', hash }, key, plain, text)
  }))
  return checks.includes(true)
}

/** What DSSE signs: the payload with its type and both lengths. */
function pae(kind: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`DSSEv1 ${kind.length} ${kind} ${payload.length} `)
  const whole = new Uint8Array(head.length + payload.length)
  whole.set(head)
  whole.set(payload, head.length)
  return whole
}

/** A signature in DER (a sequence of two integers) as the two numbers side by side; undefined for anything else. */
function plainSignature(der: Uint8Array, size: number): Uint8Array<ArrayBuffer> | undefined {
  const long = der[1] === 0x81
  const start = long ? 3 : 2
  if (der[0] !== 0x30 || (long ? der[2] : der[1]) !== der.length - start) return undefined
  const whole = new Uint8Array(2 * size)
  let at = start
  for (const end of [size, 2 * size]) {
    const length = der[at + 1] ?? 0
    const number = der.subarray(at + 2, at + 2 + length)
    if (der[at] !== 0x02 || length === 0 || number.length !== length) return undefined
    const digits = number[0] === 0 ? number.subarray(1) : number
    if (digits.length > size) return undefined
    whole.set(digits, end - digits.length)
    at += 2 + length
  }
  return at === der.length ? whole : undefined
}

/** Strict: no spaces, whole groups. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) return undefined
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
