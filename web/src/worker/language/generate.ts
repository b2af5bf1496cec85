/** Writes token after token, whatever the scores come from. */
import { searched } from './beams.js'
import type { Job, Written } from './job.js'
import { restrain } from './rules.js'
import { dice, next } from './sampling.js'
import type { Steps } from './steps.js'

export async function generate(steps: Steps, job: Job): Promise<Written> {
  return job.beams > 1 ? searched(steps, job) : followed(steps, job)
}

async function followed(steps: Steps, job: Job): Promise<Written> {
  const { rules, choice, prompt, base } = job
  const random = dice(job.seed)
  let { row, scores } = await steps.begin(prompt)
  const ids: number[] = []
  let finish: Written['finish'] = 'length'
  try {
    while (prompt.length + ids.length < rules.length && !job.stopped()) {
      restrain(scores, row.ids, rules, { prompt: prompt.length, base })
      const id = next(scores, choice, random)
      ids.push(id)
      if (rules.stops.includes(id)) {
        finish = 'stop'
        break
      }
      job.wrote(ids)
      if (job.ended(ids)) {
        finish = 'stop'
        break
      }
      if (prompt.length + ids.length >= rules.length || job.stopped()) break
      const before = row
      const step = await steps.next(before, id)
      before.free()
      row = step.row
      scores = step.scores
    }
  } catch (error) {
    row.free()
    throw error
  }
  if (steps.keep === undefined) row.free()
  else steps.keep(row)
  return { ids, finish }
}
