/** A sound as a drawing needs it: the least and the greatest value of each column, and times as people read them. */

/** `columns` pairs of least and greatest, scaled so that the loudest sample is 1; fewer where there are fewer samples. */
export function peaks(samples: Float32Array, columns: number): [low: number, high: number][] {
  let loudest = 0
  for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample))
  const scale = 1 / (loudest || 1)
  const count = Math.min(columns, samples.length)
  return Array.from({ length: count }, (_, column) => {
    const [begin, end] = [Math.floor((column * samples.length) / count), Math.floor(((column + 1) * samples.length) / count)]
    let [low, high] = [0, 0]
    for (let i = begin; i < end; i++) {
      const sample = samples[i] ?? 0
      if (sample < low) low = sample
      if (sample > high) high = sample
    }
    return [low * scale, high * scale]
  })
}

/** "0:01.5", with minutes and seconds as a player shows them. */
export function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10)
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, '0')}.${tenths % 10}`
}
