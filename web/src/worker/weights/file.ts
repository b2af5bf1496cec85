/** The model's file, put together from its shards while they arrive; first a draft of it, where there is one. */
import type { Shard } from '../../shared/protocol.js'
import { decodePart, Whole, type OnnxFile } from '../../shared/weights/parts.js'

export class ModelFile {
  private shards: Uint8Array<ArrayBuffer>[] = []
  private rests: Uint8Array<ArrayBuffer>[] = []
  private whole: Whole | undefined
  private decoding = Promise.resolve()

  /** Coded shards are decoded at once, one after the other; what goes wrong shows when the file is asked for. */
  add({ index, bytes, decodedBytes, rest }: Omit<Shard, 'model'>): void {
    if (rest) return void this.rests.push(bytes)
    if (decodedBytes === null) return void (this.shards[index] = bytes)
    this.decoding = this.decoding.then(() => decodePart(bytes, (this.whole ??= new Whole(decodedBytes))))
    this.decoding.catch(() => undefined)
  }

  /** The draft's ONNX file, when its shards were added. It stays here and changes under whoever holds it, once the rests come. */
  async draft(): Promise<OnnxFile> {
    await this.decoding
    return this.whole?.complete() ?? { graph: join(this.shards) }
  }

  /** The whole ONNX file, when all shards were added; it is not kept here. */
  async complete(): Promise<OnnxFile> {
    await this.decoding
    const { whole, shards, rests } = this
    this.whole = undefined
    this.shards = []
    this.rests = []
    if (whole === undefined) return { graph: join(shards) }
    const file = whole.complete()
    if (rests.length === 0) return file
    whole.reopen()
    for (const rest of rests) await decodePart(rest, whole, 'rest')
    return whole.refined()
  }
}

function join(shards: Uint8Array<ArrayBuffer>[]): Uint8Array {
  const [only] = shards
  if (only !== undefined && shards.length === 1) return only
  const whole = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0))
  let offset = 0
  for (const shard of shards) {
    whole.set(shard, offset)
    offset += shard.length
  }
  return whole
}
