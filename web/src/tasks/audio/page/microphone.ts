/** The microphone as samples: asked for only on a click, read in the audio thread, let go when closed. */
import { failure, type Failure } from '../../../page/ui/session.js'
import { audio } from '../../../page/ui/strings.gen.js'

const { mic: t } = audio

/** Runs in the audio thread, where a module is all that may be loaded: from a blob:, the page's network is closed. */
const TAP = `registerProcessor('edgeweb-tap', class extends AudioWorkletProcessor {
  constructor() { super(); this.held = new Float32Array(2048); this.size = 0 }
  process([channels]) {
    const [first] = channels
    if (!first) return true
    for (let i = 0; i < first.length; i++) {
      let sum = 0
      for (const channel of channels) sum += channel[i]
      this.held[this.size++] = sum / channels.length
      if (this.size === this.held.length) { this.port.postMessage(this.held.slice()); this.size = 0 }
    }
    return true
  }
})`

export class Microphone {
  private constructor(private readonly context: AudioContext, private readonly stream: MediaStream, private readonly node: AudioWorkletNode) {}

  /** @param take gets pieces of about 2048 samples. */
  static async open(take: (samples: Float32Array, rate: number) => void): Promise<Microphone> {
    // Missing on insecure origins, whatever the types say.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (!devices || typeof AudioWorkletNode === 'undefined') throw unsupported()
    // What makes calls pleasant changes what a model hears.
    const stream = await devices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false }, video: false })
    const context = new AudioContext()
    const url = URL.createObjectURL(new Blob([TAP], { type: 'text/javascript' }))
    try {
      await context.audioWorklet.addModule(url)
      const node = new AudioWorkletNode(context, 'edgeweb-tap', { numberOfOutputs: 0 })
      node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => take(data, context.sampleRate)
      context.createMediaStreamSource(stream).connect(node)
      // Firefox answers only when there is something to play on; the samples come all the same.
      context.resume().catch(() => undefined)
      return new Microphone(context, stream, node)
    } catch (error) {
      for (const track of stream.getTracks()) track.stop()
      await context.close()
      throw error
    } finally {
      URL.revokeObjectURL(url)
    }
  }

  close(): void {
    this.node.port.onmessage = null
    for (const track of this.stream.getTracks()) track.stop()
    void this.context.close()
  }
}

function unsupported(): Error {
  return Object.assign(new Error(t.unsupported), { hint: t.unsupportedHint, code: 'input' })
}

/** The browser's reason as a sentence. */
export function reason(error: unknown): Failure {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return { message: t.denied, hint: t.deniedHint, code: 'input' }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return { message: t.missing, hint: t.missingHint, code: 'input' }
  if (name === 'NotReadableError' || name === 'AbortError') return { message: t.busy, hint: t.busyHint, code: 'input' }
  return failure(error)
}
