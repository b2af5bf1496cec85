/** What the host has for this visitor: the seat that its channel file gives, or the one release that it has; and who vouches for either. */
import { isExpired, parseChannels, seat as seatFor, type Channels } from '../shared/channels.js'
import type { Manifest } from '../shared/manifest.gen.js'
import { readRelease } from '../shared/release.js'
import { isChannelsSigned, isSiteSigned, readKeys, type Key } from '../shared/signature.js'
import type { Seat, State, Store } from '../shared/store.js'
import { addressesOf, changeState, channelsUrl, manifestUrl } from './context.js'
import { numbered, plain } from './decide.js'
import { fetchText, type Answer } from './network.js'
import { fileBytes, hostedRelease, keptManifest } from './releases.js'

/** What the host answers for edgeweb.json and channels.json. */
export interface Asked {
  host: Answer
  channels: Answer
}

export interface Read {
  manifest: Manifest
  text: string
}

export interface Wanted {
  release: string
  seat: Seat
  /** Of the channel file that says so; it counts as long as no other is obeyed. */
  number: number | undefined
  revoked: readonly string[]
  /** What the host answers for the page itself is one of these: half a deployment. */
  isRootRevoked: boolean
  read: () => Promise<Read>
}

const UNREACHED: Answer = { status: 0, text: '' }

export async function asked(): Promise<Asked> {
  const [host, channels] = await Promise.all([fetchText(manifestUrl), fetchText(channelsUrl).catch(() => UNREACHED)])
  return { host, channels }
}

/** Undefined where what the host says is not to be obeyed, or cannot be read. A first visit gets what the page at the root is of. */
export async function wantedOf(kept: Store, { host, channels }: Asked): Promise<Wanted | undefined> {
  const state = await kept.state()
  const atRoot = host.status === 200 ? await readRoot(host.text) : undefined
  const own = state.current === undefined ? undefined : (await keptManifest(kept, state.current))?.manifest
  const found = await obeyed(kept, state, channels, trustOf(state, own, atRoot?.manifest))
  if (found === 'nothing' && state.current !== undefined) return undefined
  if (typeof found === 'string') {
    if (atRoot === undefined) return undefined
    // What is not to be obeyed takes no number away, and nothing of what was revoked: it may be an older file, served again.
    const { number } = found === 'root' ? await changeState(kept, (now) => plain(now, state.number)) : state
    if (found === 'root' && number !== undefined) return undefined
    return { release: atRoot.manifest.release, seat: { channel: 'stable' }, number, revoked: [], isRootRevoked: false, read: () => Promise.resolve(atRoot) }
  }
  const { visitor = '', number } = await changeState(kept, (before) => numbered(before, found, crypto.randomUUID()))
  // Another look was faster, and saw a later one.
  if (number !== found.number) return undefined
  const isRootRevoked = atRoot !== undefined && found.revoked.includes(atRoot.manifest.release)
  const first = state.current === undefined && atRoot !== undefined && !isRootRevoked
  const { release, ...seat } = first ? { release: atRoot.manifest.release, channel: 'stable' as const } : await seatFor(found, visitor)
  const read = async (): Promise<Read> => (atRoot?.manifest.release === release ? atRoot : hostedRelease(kept, release))
  return { release, seat, number, revoked: found.revoked, isRootRevoked, read }
}

/** Without a manifest there, half a deployment is at the root; the channel file may be obeyed all the same. */
async function readRoot(text: string): Promise<Read | undefined> {
  const manifest = await readRelease(text).catch(() => undefined)
  return manifest && { manifest, text }
}

/**
 * The channel file, if it is to be obeyed; `root`: the host has one release, that at its root; `nothing`: neither.
 *
 * A lower number than the last, an expired file, or one that nobody vouches for, is what somebody in between could serve again.
 */
async function obeyed(kept: Store, state: State, { status, text }: Answer, trust: Trust): Promise<Channels | 'root' | 'nothing'> {
  const found = status === 200 ? parseChannels(text) : undefined
  if (found === undefined) {
    if (state.number === undefined) return 'root'
    // Some hosts answer a page for what they do not have. Who signs is bound to a signed file.
    const isGone = status === 404 || status === 410 || (status === 200 && text.trimStart().startsWith('<'))
    return isGone && trust.signers.length === 0 ? 'root' : 'nothing'
  }
  if (found.number < (state.number ?? 0) || isExpired(found, Date.now())) return 'nothing'
  return (await isVouchedFor(kept, text, trust)) ? found : 'nothing'
}

/** Whose signatures count, and a release that has their keys: a key is none but that whose hash was named. */
interface Trust {
  signers: readonly string[]
  keys: Manifest | undefined
}

/** Those whom the release on this device names; where its manifest is lost, those that are remembered; on a first visit, its own. */
function trustOf({ signers }: State, own: Manifest | undefined, next: Manifest | undefined): Trust {
  if (own !== undefined) return { signers: own.signers ?? [], keys: own }
  return { signers: signers ?? next?.signers ?? [], keys: next }
}

async function isVouchedFor(kept: Store, text: string, trust: Trust): Promise<boolean> {
  return trust.signers.length === 0 || isChannelsSigned(text, await keysOf(kept, trust))
}

async function keysOf(kept: Store, { signers, keys }: Trust): Promise<Key[]> {
  if (keys?.files[KEYS] === undefined) return []
  const pem = await fileBytes(kept, keys, KEYS)
  return readKeys(new TextDecoder().decode(pem), signers)
}

const KEYS = 'signers.pem'

/** Whoever the release before names must have signed the next one; a first release vouches for itself. @throws where nobody has. */
export async function vouchFor(kept: Store, manifest: Manifest, text: string, before: Manifest | undefined): Promise<void> {
  const trust = trustOf(await kept.state(), before, manifest)
  if (trust.signers.length === 0) return
  const keys = await keysOf(kept, trust)
  for (const url of await addressesOf(kept, manifest.release, 'edgeweb.sig')) {
    const { status, text: bundle } = await fetchText(url)
    if (status === 200 && (await isSiteSigned(bundle, text, keys))) return
  }
  throw new Error('Nobody whom the release before names has signed this one.')
}
