/** Two numbers to a model's input, in metres. */
import type { Open } from '../../../worker/reader.js'

export const open: Open = ({ toy }) => ({
  feeds: (payload) => {
    if (toy == null || payload.kind !== 'numbers') return undefined
    const data = payload.numbers.map((number) => number * (toy.unit === 'km' ? 1000 : 1))
    return new Map([[toy.input, { type: 'float32', dims: [1, 2], data }]])
  },
})
