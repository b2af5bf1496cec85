/** How scores may be shown, by the evidence that the manifest has for what they are. */
import type { Manifest } from '../../shared/api.js'

/**
 * `shares`: they are probabilities, shown as percentages. `order`: nothing shows that, so only which is best. `figures`:
 * numbers of the model's own. `told`: of hooks, or of a site without evidence: as they look.
 */
export type Scoring = 'shares' | 'order' | 'figures' | 'told'

type Claims = Pick<Manifest, 'evidence' | 'hooks'>
type Claim = NonNullable<Manifest['evidence']>[number]['claim']

const isTold = ({ evidence, hooks }: Claims): boolean => Boolean(hooks?.functions.includes('postprocess')) || !evidence?.length
const isKnown = ({ evidence }: Claims, ...claims: Claim[]): boolean => Boolean(evidence?.some(({ claim, source }) => claims.includes(claim) && source !== 'assumed'))

/** Of classes. */
export const scoring = (manifest: Claims): Scoring => (isTold(manifest) ? 'told' : isKnown(manifest, 'probabilities') ? 'shares' : 'order')

/** Of what was found in a picture or a sound, of which a detector says itself how sure it is. */
export const found = (manifest: Claims): Scoring => (isTold(manifest) ? 'told' : isKnown(manifest, 'probabilities', 'boxes') ? 'shares' : 'figures')
