/** The model's file, put together from its shards while they arrive. */
import type { Shard } from '../shared/protocol.js'
import { decodePart, Whole, type OnnxFile } from './weights.js'

export class ModelFile {
  private shards: Uint8Array<ArrayBuffer>[] = []
  private whole: Whole | undefined
  private decoding = Promise.resolve()

  /** Coded shards are decoded at once, one after the other; what goes wrong shows in `complete`. */
  add({ index, bytes, decodedBytes }: Shard): void {
    if (decodedBytes === null) return void (this.shards[index] = bytes)
    this.decoding = this.decoding.then(() => decodePart(bytes, (this.whole ??= new Whole(decodedBytes))))
    this.decoding.catch(() => undefined)
  }

  /** The ONNX file, when all shards were added; it is not kept here. */
  async complete(): Promise<OnnxFile> {
    await this.decoding
    const { whole, shards } = this
    this.whole = undefined
    this.shards = []
    return whole === undefined ? { graph: join(shards) } : whole.complete()
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
