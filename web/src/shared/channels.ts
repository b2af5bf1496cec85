/** channels.json: which release which visitor gets; builder/edgeweb/release/channels.py decides the same. */
import { sha256, type Seat } from './store.js'

const FORMAT = 1
const ID = /^[0-9a-f]{16}$/
/** It travels as the value of a header. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/

interface Arm {
  name: string
  release: string
  percent: number
}

export interface Channels {
  number: number
  /** The day after whose end, in UTC, the file is obeyed no more. */
  expires: string
  stable: string
  canary?: { release: string; percent: number; salt: string }
  experiment?: { name: string; salt: string; arms: Arm[]; control?: string }
  revoked: string[]
}

/** The file's content; undefined for what is none, such as the page that some hosts answer for a file that is missing. */
export function parseChannels(text: string): Channels | undefined {
  try {
    const found = JSON.parse(text) as Channels & { format?: unknown } | null
    return found?.format === FORMAT && isWhole(found) ? found : undefined
  } catch {
    return undefined
  }
}

function isWhole({ number, expires, stable, canary, experiment, revoked }: Channels): boolean {
  if (!Number.isSafeInteger(number) || number < 1 || !isId(stable)) return false
  if (typeof expires !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires))) return false
  if (!Array.isArray(revoked) || !revoked.every(isId) || revoked.includes(stable)) return false
  if (canary != null && !(isId(canary.release) && isPercent(canary.percent) && isSalt(canary.salt))) return false
  return experiment == null || isExperiment(experiment)
}

function isExperiment({ name, salt, arms, control }: NonNullable<Channels['experiment']>): boolean {
  if (!isName(name) || !isSalt(salt) || !(control == null || isName(control)) || !Array.isArray(arms) || arms.length === 0) return false
  return arms.every((arm: Arm | null) => arm !== null && isName(arm.name) && isId(arm.release) && isPercent(arm.percent) && arm.percent <= 100 / arms.length)
}

const isId = (value: unknown): boolean => typeof value === 'string' && ID.test(value)
const isName = (value: unknown): boolean => typeof value === 'string' && NAME.test(value)
const isSalt = (value: unknown): boolean => typeof value === 'string' && value.length > 0
const isPercent = (value: unknown): boolean => typeof value === 'number' && value > 0 && value <= 100

export function isExpired({ expires }: Channels, now: number): boolean {
  return now >= Date.parse(expires) + 24 * 3600 * 1000
}

/**
 * The release for a visitor, by an id that stays on the device.
 *
 * Arm i of n begins at i/n of all visitors, so that whoever is in stays in when the arms grow.
 */
export async function seat({ stable, canary, experiment }: Channels, visitor: string): Promise<Seat & { release: string }> {
  if (experiment != null) {
    const place = await share(experiment.salt, visitor)
    const { arms, control } = experiment
    const found = arms.find(({ percent }, number) => place >= number / arms.length && place - number / arms.length < percent / 100)
    if (found !== undefined) return { release: found.release, channel: 'experiment', arm: found.name }
    if (control != null) return { release: stable, channel: 'experiment', arm: control }
  }
  if (canary != null && (await share(canary.salt, visitor)) < canary.percent / 100) return { release: canary.release, channel: 'canary' }
  return { release: stable, channel: 'stable' }
}

/** Where a visitor stands among all, from 0 to less than 1: SHA-256(salt + id), its first 32 bits. */
async function share(salt: string, visitor: string): Promise<number> {
  const digest = await sha256(new TextEncoder().encode(salt + visitor))
  return Number.parseInt(digest.slice(0, 8), 16) / 2 ** 32
}

const CHANNEL_HEADER = 'X-Edgeweb-Channel'
const ARM_HEADER = 'X-Edgeweb-Arm'

/** What the service worker's answer for edgeweb.json says of the seat beside. */
export function seatHeaders(seat: Seat | undefined): Record<string, string> {
  if (seat === undefined) return {}
  return { [CHANNEL_HEADER]: seat.channel, ...(seat.arm === undefined ? {} : { [ARM_HEADER]: seat.arm }) }
}

/** The seat that an answer for edgeweb.json tells of; a host says nothing of it. */
export function seatOf(headers: Headers): Seat {
  const channel = headers.get(CHANNEL_HEADER)
  const arm = headers.get(ARM_HEADER)
  if (channel !== 'canary' && channel !== 'experiment') return { channel: 'stable' }
  return { channel, ...(arm !== null && isName(arm) ? { arm } : {}) }
}
