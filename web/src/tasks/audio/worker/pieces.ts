/** A long sound in pieces that have something in common with those before and after, as transformers' pipelines cut it. */

/** Samples from `from` to `to`, of which `left` and `right` are told of by the pieces before and after. */
export interface Piece {
  from: number
  to: number
  left: number
  right: number
}

export function piecesOf(samples: number, piece: number, margin: number): Piece[] {
  const found: Piece[] = []
  const step = Math.max(1, piece - 2 * margin)
  for (let from = 0; from < samples; from += step) {
    const last = from + piece >= samples
    const to = Math.min(samples, from + piece)
    const left = from === 0 ? 0 : margin
    if (to - from > left) found.push({ from, to, left, right: last ? 0 : margin })
    if (last) break
  }
  return found
}

/** The frames of a piece that are its own, one every `ratio` samples. */
export function ownFrames({ from, to, left, right }: Piece, ratio: number): [first: number, end: number] {
  const samples = to - from
  const frames = rounded(samples / ratio)
  return [rounded((left / samples) * frames), frames - rounded((right / samples) * frames)]
}

/** As Python rounds: a half to the even number. */
function rounded(value: number): number {
  const whole = Math.round(value)
  return Math.abs(value % 1) === 0.5 && whole % 2 !== 0 ? whole - 1 : whole
}
