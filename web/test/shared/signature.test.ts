/** Signatures: what Python's cryptography makes, as node's own crypto makes it, and everything that is not quite that. */
import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { isChannelsSigned, isSiteSigned, readKeys } from '../../src/shared/signature.js'

const HASHES = { 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' } as const
type Curve = keyof typeof HASHES
const PAYLOAD = 'application/vnd.in-toto+json'
const CHANNELS = 'application/vnd.edgeweb.channels+json'
const MANIFEST = '{ "release": "x" }\n'
const digest = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const pae = (kind: string, payload: Buffer): Buffer => Buffer.concat([Buffer.from(`DSSEv1 ${kind.length} ${kind} ${payload.length} `), payload])

function made(curve: Curve = 'P-256'): { key: KeyObject; pem: string; id: string; curve: Curve } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
  return { key: privateKey, curve, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(), id: digest(publicKey.export({ type: 'spki', format: 'der' })) }
}

type Made = ReturnType<typeof made>
const one = made()

function bundle({ key, curve }: Made, change: { manifest?: string; kind?: string; media?: string; statement?: object } = {}): string {
  const resources = [{ name: 'edgeweb.json', algorithm: 'sha256', digest: digest(change.manifest ?? MANIFEST) }, { name: 'index.html', algorithm: 'sha256', digest: digest('') }]
  const statement = { _type: 'https://in-toto.io/Statement/v1', subject: [], predicateType: 'https://model_signing/signature/v1.0', predicate: { resources }, ...change.statement }
  const payload = Buffer.from(JSON.stringify(statement))
  const kind = change.kind ?? PAYLOAD
  const sig = sign(HASHES[curve], pae(kind, payload), key).toString('base64')
  return JSON.stringify({ mediaType: change.media ?? 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: {}, dsseEnvelope: { payload: payload.toString('base64'), payloadType: kind, signatures: [{ sig, keyid: '' }] } })
}

const keys = ({ pem, id }: Made): ReturnType<typeof readKeys> => readKeys(pem, [id])

test('every curve that model signing has', async () => {
  for (const curve of ['P-256', 'P-384', 'P-521'] as const) {
    const each = made(curve)
    // A number of fewer digits is shorter in DER: some of these signatures have one.
    for (let again = 0; again < 40; again++) assert.ok(await isSiteSigned(bundle(each), MANIFEST, await keys(each)), curve)
  }
})

test('a key counts only where it is named, and one that cannot be read never', async () => {
  assert.equal((await readKeys(one.pem, [])).length, 0)
  assert.equal((await readKeys(`${one.pem}${made().pem}`, [one.id])).length, 1)
  assert.equal((await readKeys('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', [digest(Buffer.from('AAAA', 'base64'))])).length, 0)
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  assert.equal((await readKeys(rsa.export({ type: 'spki', format: 'pem' }).toString(), [digest(rsa.export({ type: 'spki', format: 'der' }))])).length, 0)
  assert.equal(createPublicKey(one.pem).asymmetricKeyType, 'ec')
})

test('any of several keys suffices, and a foreign one does not', async () => {
  const other = made('P-384')
  const both = await readKeys(one.pem + other.pem, [one.id, other.id])
  assert.ok(await isSiteSigned(bundle(other), MANIFEST, both))
  assert.ok(!(await isSiteSigned(bundle(other), MANIFEST, await keys(one))))
  assert.ok(!(await isSiteSigned(bundle(one), MANIFEST, [])))
})

test('what is another kind of statement, or of another manifest, is not this', async () => {
  const trusted = await keys(one)
  for (const change of [
    { manifest: 'other' }, { kind: CHANNELS }, { media: 'application/json' }, { statement: { _type: 'x' } }, { statement: { predicateType: 'x' } }, { statement: { predicate: {} } },
    { statement: { predicate: { resources: [] } } }, { statement: { predicate: { resources: [{ name: 'edgeweb.json', algorithm: 'sha512', digest: digest(MANIFEST) }] } } },
    { statement: { predicate: { resources: [{ name: 'edgeweb.json', algorithm: 'sha256', digest: digest(MANIFEST) }, { name: 'edgeweb.json', algorithm: 'sha256', digest: digest('') }] } } },
  ]) assert.ok(!(await isSiteSigned(bundle(one, change), MANIFEST, trusted)), JSON.stringify(change))
  assert.ok(!(await isSiteSigned(bundle(one), `${MANIFEST} `, trusted)))
})

test('a byte that is altered anywhere in what was signed, or in the signature, is seen', async () => {
  const trusted = await keys(one)
  const whole = bundle(one)
  const parts = JSON.parse(whole) as { dsseEnvelope: { payload: string; signatures: { sig: string }[] } }
  const { payload, signatures: [{ sig } = { sig: '' }] } = parts.dsseEnvelope
  for (const [name, text] of [['payload', payload], ['sig', sig]] as const) {
    const bytes = Buffer.from(text, 'base64')
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes)
      altered[at] = (altered[at] ?? 0) ^ 1
      assert.ok(!(await isSiteSigned(whole.replace(text, altered.toString('base64')), MANIFEST, trusted)), `${name} ${at}`)
    }
    for (const cut of [bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from([0])]), Buffer.alloc(0)]) assert.ok(!(await isSiteSigned(whole.replace(text, cut.toString('base64')), MANIFEST, trusted)), name)
    assert.ok(!(await isSiteSigned(whole.replace(text, ` ${text}`), MANIFEST, trusted)))
  }
})

test('garbage is no signature, and no error', async () => {
  const trusted = await keys(one)
  for (const text of ['', 'null', '[]', '{}', '{"dsseEnvelope":null}', '<!doctype html>', '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","dsseEnvelope":{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{}]}}']) {
    assert.ok(!(await isSiteSigned(text, MANIFEST, trusted)), text)
    assert.ok(!(await isChannelsSigned(text, trusted)), text)
  }
})

test('a channel file is signed as a whole, once', async () => {
  const trusted = await keys(one)
  const blank = '{\n "number": 3,\n "name": "a \\"signature\\": \\"AAAA\\"",\n "signature": ""\n}\n'
  const sig = sign('sha256', pae(CHANNELS, Buffer.from(blank)), one.key).toString('base64')
  const text = blank.replace('"signature": ""', `"signature": "${sig}"`)
  assert.ok(await isChannelsSigned(text, trusted))
  assert.ok(!(await isChannelsSigned(text.replace('3', '4'), trusted)))
  assert.ok(!(await isChannelsSigned(`${text} "signature": ""`, trusted)))
  assert.ok(!(await isChannelsSigned(blank, trusted)))
  assert.ok(!(await isChannelsSigned(text, await keys(made()))))
})
