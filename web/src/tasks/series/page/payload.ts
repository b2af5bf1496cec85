/** Rows of measurements from whatever `predict()` is given. */
import type { ToPayload } from '../../../page/kind.js'
import { rowsOf } from './rows.js'

export const payload: ToPayload = (input, { series }) => (series ? rowsOf(input, series.columns).then((values) => ({ kind: 'rows', values })) : undefined)
