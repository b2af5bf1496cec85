/** How scores may be shown, by the evidence that the manifest has for what they are. */
import type { Manifest } from '../../shared/api.js'

/**
 * `shares`: they are probabilities, shown as percentages; `each`: of each class for itself, so that none wins. `order`: nothing shows that, so only which is best. `figures`:
 * numbers of the model's own. `told`: of hooks, or of a site without evidence: as they look.
 */
export type Scoring = 'shares' | 'each' | 'order' | 'figures' | 'told'

type Claims = Pick<Manifest, 'evidence' | 'hooks'> & Partial<Pick<Manifest, 'labels' | 'image'>>
type Claim = NonNullable<Manifest['evidence']>[number]['claim']

const isTold = ({ evidence, hooks }: Claims): boolean => Boolean(hooks?.functions.includes('postprocess')) || !evidence?.length
const isKnown = ({ evidence }: Claims, ...claims: Claim[]): boolean => Boolean(evidence?.some(({ claim, source }) => claims.includes(claim) && source !== 'assumed'))

/** Of classes. */
export function scoring(manifest: Claims): Scoring {
  if (isTold(manifest)) return 'told'
  if (!isKnown(manifest, 'probabilities')) return 'order'
  const own = manifest.evidence?.some(({ claim, value }) => claim === 'probabilities' && value === 'sigmoid')
  return own && (manifest.labels?.length ?? 0) > 2 ? 'each' : 'shares'
}

/** Of what was found in a picture or a sound, of which a detector says itself how sure it is; maps of points are no such thing. */
export const found = (manifest: Claims): Scoring => (manifest.image?.fit?.rule === 'around' ? 'figures' : isTold(manifest) ? 'told' : isKnown(manifest, 'probabilities', 'boxes') ? 'shares' : 'figures')
