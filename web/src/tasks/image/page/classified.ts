/** A classified picture: the winner and bars. */
import { scoring } from '../../../page/ui/claims.js'
import { classification, rank, spoken } from '../../../page/ui/results/bars.js'
import type { View } from './view.js'

export const classified: View = {
  pictured: () => false,
  shown: (result, _url, all, toggle, { manifest }) => classification(result.task === 'classification' ? result.labels : [], all, toggle, scoring(manifest)),
  said: (result, manifest) => (result.task === 'classification' ? spoken(result.labels, scoring(manifest)) : ''),
  columns: ['label', 'score'],
  rows(result) {
    const best = result.task === 'classification' ? rank(result.labels).labels[0] : undefined
    return [[best?.label ?? '', best?.score ?? '']]
  },
}
