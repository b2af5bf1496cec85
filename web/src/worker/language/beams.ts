/** Several beginnings followed at once: transformers' beam search (`_beam_search`, 4.57), for one answer. */
import type { Job, Written } from './job.js'
import { restrain } from './rules.js'
import type { Row, Step, Steps } from './steps.js'

/** What cannot be chosen any more, as it is there: numbers of 32 bits are lost beside it. */
const LOST = -1e9

/** So many tokens of the answer `ids`, whose logarithm of a probability is `score`. */
interface Running {
  row: Row
  scores: Float32Array
  score: number
}

interface Candidate {
  parent: number
  id: number
  score: number
  ended: boolean
}

interface Finished {
  ids: readonly number[]
  score: number
  done: boolean
}

export async function searched(steps: Steps, job: Job): Promise<Written> {
  const { beams, prompt } = job
  const first = await steps.begin(prompt)
  let running = started(first, beams)
  let finished: Finished[] = Array.from({ length: beams }, () => ({ ids: [], score: LOST, done: false }))
  let improvable = true
  try {
    for (let length = prompt.length; length < job.rules.length && improvable; length++) {
      const found = candidates(running, job)
      finished = merged(finished, found, running, job, length)
      if (found.every(({ ended }) => ended) || job.stopped()) break
      const kept = best(found, beams, ({ score, ended }) => Math.fround(score + (ended ? LOST : 0)))
      improvable = mayImprove(finished, kept[0] as Candidate, length + 1, job)
      if (!improvable || (job.earlyStopping === true && finished.every(({ done }) => done))) break
      running = await followed(steps, running, kept)
      told(running, job)
    }
  } finally {
    free(running)
  }
  const ids = finished[0]?.done === true ? finished[0].ids : (running[0]?.row.ids.slice(prompt.length) ?? [])
  return { ids, finish: job.rules.stops.includes(ids.at(-1) ?? -1) || job.ended(ids) ? 'stop' : 'length' }
}

/** All alike: only the first counts. */
function started({ row, scores }: Step, beams: number): Running[] {
  return Array.from({ length: beams }, (_, i) => ({ row, scores: i === 0 ? scores : scores.slice(), score: i === 0 ? 0 : LOST }))
}

/** The likeliest continuations of all beginnings, so many that enough of them go on. */
function candidates(running: readonly Running[], job: Job): Candidate[] {
  const { beams, rules, prompt, base } = job
  const most = Math.max(2, 1 + rules.stops.length) * beams
  const top = new Top(most)
  for (const [parent, { row, scores, score }] of running.entries()) {
    logarithms(scores)
    restrain(scores, row.ids, rules, { prompt: prompt.length, base })
    for (let id = 0; id < scores.length; id++) top.offer(Math.fround((scores[id] as number) + score), parent, id)
  }
  return top.found().map(({ parent, id, score }) => {
    const ids = running[parent]?.row.ids ?? []
    const ended = rules.stops.includes(id) || ids.length + 1 >= rules.length || job.ended([...ids.slice(prompt.length), id])
    return { parent, id, score, ended }
  })
}

/** In place: scores become logarithms of probabilities. */
function logarithms(scores: Float32Array): void {
  let top = -Infinity
  for (let i = 0; i < scores.length; i++) if ((scores[i] as number) > top) top = scores[i] as number
  let sum = 0
  for (let i = 0; i < scores.length; i++) sum += Math.exp((scores[i] as number) - top)
  const whole = top + Math.log(sum)
  for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) - whole
}

/** The best whole answers, with those of the likeliest candidates that have just ended. */
function merged(before: readonly Finished[], found: readonly Candidate[], running: readonly Running[], job: Job, length: number): Finished[] {
  const { beams, prompt, lengthPenalty, earlyStopping } = job
  const full = earlyStopping === true && before.every(({ done }) => done)
  const more = found.map(({ parent, id, score, ended }, place): Finished => {
    const done = ended && place < beams
    const fair = Math.fround(score / (length + 1 - prompt.length) ** lengthPenalty)
    const ids = done ? [...(running[parent]?.row.ids.slice(prompt.length) ?? []), id] : []
    return { ids, done, score: Math.fround(Math.fround(fair + (full ? LOST : 0)) + (done ? 0 : LOST)) }
  })
  return best([...before, ...more], beams, ({ score }) => score)
}

/** Whether what is still written may become better than the worst of the whole answers. */
function mayImprove(finished: readonly Finished[], first: Candidate, length: number, { prompt, rules, lengthPenalty, earlyStopping }: Job): boolean {
  const longest = earlyStopping === 'never' && lengthPenalty > 0 ? rules.length : length
  const possible = Math.fround(first.score / (longest - prompt.length) ** lengthPenalty)
  const worst = Math.min(...finished.map(({ score }) => score))
  return finished.some(({ done }) => possible > (done ? worst : LOST))
}

/** One run for each; what a beginning kept serves all that go on from it. */
async function followed(steps: Steps, running: readonly Running[], kept: readonly Candidate[]): Promise<Running[]> {
  const made: Running[] = []
  try {
    for (const { parent, id, score } of kept) made.push({ ...(await steps.next((running[parent] as Running).row, id)), score })
  } catch (error) {
    free(made)
    throw error
  }
  free(running)
  return made
}

function free(running: readonly Running[]): void {
  for (const row of new Set(running.map((each) => each.row))) row.free()
}

function told(running: readonly Running[], job: Job): void {
  job.wrote(running[0]?.row.ids.slice(job.prompt.length) ?? [])
}

/** So many with the highest score, the first of those that are alike. */
function best<T>(among: readonly T[], count: number, score: (each: T) => number): T[] {
  return [...among].sort((a, b) => (score(a) > score(b) ? -1 : Number(score(b) > score(a)))).slice(0, count)
}

/** The highest of many scores, without an array of all. */
class Top {
  private readonly kept: { score: number; parent: number; id: number }[] = []

  constructor(private readonly most: number) {}

  offer(score: number, parent: number, id: number): void {
    const { kept, most } = this
    if (kept.length === most && !(score > (kept[most - 1]?.score ?? 0))) return
    let at = kept.length
    while (at > 0 && score > (kept[at - 1]?.score ?? 0)) at--
    kept.splice(at, 0, { score, parent, id })
    if (kept.length > most) kept.pop()
  }

  found(): readonly { score: number; parent: number; id: number }[] {
    return this.kept
  }
}
