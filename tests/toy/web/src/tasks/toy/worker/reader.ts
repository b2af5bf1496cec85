/** Two numbers to a model's input. */
import type { Open } from '../../../worker/reader.js'

export const open: Open = ({ toy }) => ({
  feeds: (payload) => (toy != null && payload.kind === 'numbers' ? new Map([[toy.input, { type: 'float32', dims: [1, 2], data: payload.numbers }]]) : undefined),
})
