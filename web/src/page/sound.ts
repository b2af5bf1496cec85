/** A sound file as one channel of numbers: PCM is read here, as builder/edgeweb/inputs/sound.py does, the rest by the browser. */
import { EdgewebError } from '../shared/errors.js'

export interface Sound {
  samples: Float32Array<ArrayBuffer>
  rate: number
}

/** For what only the browser can decode; it decodes to one rate, which it is told. */
const DECODED_RATE = 48_000

export async function readSound(data: ArrayBuffer): Promise<Sound> {
  const found = readPcm(new DataView(data))
  if (found !== undefined) return found
  try {
    const decoded = await new OfflineAudioContext(1, 1, DECODED_RATE).decodeAudioData(data)
    return { samples: mean(Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i))), rate: DECODED_RATE }
  } catch (error) {
    throw new EdgewebError('input', 'This file is not a sound that the browser can read.', 'Try a WAV, MP3 or OGG file.', { cause: error })
  }
}

/** WAV with PCM of 8, 16 or 32 bits or 32-bit floats; undefined for anything else. */
export function readPcm(view: DataView): Sound | undefined {
  if (view.byteLength < 12 || name(view, 0) !== 'RIFF' || name(view, 8) !== 'WAVE') return undefined
  let format: { code: number; channels: number; rate: number; bits: number } | undefined
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const kind = name(view, at)
    const size = Math.min(view.getUint32(at + 4, true), view.byteLength - at - 8)
    if (kind === 'fmt ' && size >= 16) {
      const code = view.getUint16(at + 8, true)
      // The extensible form keeps the code a little further on.
      format = { code: code === 0xfffe && size >= 26 ? view.getUint16(at + 32, true) : code, channels: view.getUint16(at + 10, true), rate: view.getUint32(at + 12, true), bits: view.getUint16(at + 22, true) }
    }
    if (kind === 'data' && format !== undefined) {
      const read = reader(view, format.code, format.bits)
      if (read === undefined || format.channels === 0) return undefined
      const { channels, rate } = format
      const step = format.bits / 8
      const samples = new Float32Array(Math.floor(size / (step * channels)))
      for (let i = 0; i < samples.length; i++) {
        let sum = 0
        for (let c = 0; c < channels; c++) sum += read(at + 8 + (i * channels + c) * step)
        samples[i] = sum / channels
      }
      return { samples, rate }
    }
    at += 8 + size + (size & 1)
  }
  return undefined
}

function reader(view: DataView, code: number, bits: number): ((at: number) => number) | undefined {
  if (code === 3 && bits === 32) return (at) => view.getFloat32(at, true)
  if (code !== 1) return undefined
  if (bits === 8) return (at) => (view.getUint8(at) - 128) / 2 ** 7
  if (bits === 16) return (at) => view.getInt16(at, true) / 2 ** 15
  return bits === 32 ? (at) => view.getInt32(at, true) / 2 ** 31 : undefined
}

function mean(channels: Float32Array[]): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(channels[0]?.length ?? 0)
  for (const channel of channels) for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) + (channel[i] ?? 0) / channels.length
  return samples
}

function name(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)))
}
