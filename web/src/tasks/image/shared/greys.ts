/** A map of numbers as a grey picture. */

/** The least and the largest of those that are numbers. */
export function span(values: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)]
  }
  return low > high ? [0, 0] : [low, high]
}

/** The least value in black, the largest in white. */
export function greys(values: ArrayLike<number>, width: number, height: number): ImageData {
  const image = new ImageData(width, height)
  const [low, high] = span(values)
  for (let i = 0; i < width * height; i++) {
    const share = high > low ? ((values[i] as number) - low) / (high - low) : 0
    const level = Math.round(255 * Math.min(1, Math.max(0, Number.isNaN(share) ? 0 : share)))
    image.data.fill(level, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4)
  }
  return image
}
