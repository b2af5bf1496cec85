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
  const signed = state.current === undefined ? atRoot?.manifest : (await keptManifest(kept, state.current))?.manifest
  const found = await obeyed(kept, state, channels, signed)
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
async function obeyed(kept: Store, state: State, { status, text }: Answer, present: Manifest | undefined): Promise<Channels | 'root' | 'nothing'> {
  const found = status === 200 ? parseChannels(text) : undefined
  if (found === undefined) {
    if (state.number === undefined) return 'root'
    // Some hosts answer a page for what they do not have. Who signs is bound to a signed file.
    const isGone = status === 404 || status === 410 || (status === 200 && text.trimStart().startsWith('<'))
    return isGone && !isSigned(present) ? 'root' : 'nothing'
  }
  if (found.number < (state.number ?? 0) || isExpired(found, Date.now())) return 'nothing'
  return (await isVouchedFor(kept, text, present)) ? found : 'nothing'
}

function isSigned(manifest: Manifest | undefined): boolean {
  return (manifest?.signers ?? []).length > 0
}

/** By whom the release names that this device has. */
async function isVouchedFor(kept: Store, text: string, present: Manifest | undefined): Promise<boolean> {
  return present === undefined || !isSigned(present) || isChannelsSigned(text, await keysOf(kept, present))
}

async function keysOf(kept: Store, manifest: Manifest): Promise<Key[]> {
  const pem = await fileBytes(kept, manifest, 'signers.pem')
  return readKeys(new TextDecoder().decode(pem), manifest.signers ?? [])
}

/** Whoever the release before names must have signed the next one; a first release vouches for itself. @throws where nobody has. */
export async function vouchFor(kept: Store, manifest: Manifest, text: string, before: Manifest | undefined): Promise<void> {
  const trusted = before ?? manifest
  if (!isSigned(trusted)) return
  const keys = await keysOf(kept, trusted)
  for (const url of await addressesOf(kept, manifest.release, 'edgeweb.sig')) {
    const { status, text: bundle } = await fetchText(url)
    if (status === 200 && (await isSiteSigned(bundle, text, keys))) return
  }
  throw new Error('Nobody whom the release before names has signed this one.')
}
