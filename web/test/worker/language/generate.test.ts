/** What is written from scores, against the ids that transformers 4.57.6 wrote from the same: tests/golden/writing.json. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generate } from '../../../src/worker/language/generate.js'
import type { Job } from '../../../src/worker/language/job.js'
import { next } from '../../../src/worker/language/sampling.js'
import type { Row, Step, Steps } from '../../../src/worker/language/steps.js'
import { readGolden } from '../../golden.js'

interface Said {
  repetition_penalty?: number
  no_repeat_ngram_size?: number
  min_new_tokens?: number
  min_length?: number
  suppress_tokens?: number[]
  begin_suppress_tokens?: number[]
  bad_words_ids?: number[][]
  forced_eos_token_id?: number
  eos_token_id?: number[]
  num_beams?: number
  length_penalty?: number
  early_stopping?: boolean | 'never'
}

const golden = JSON.parse(readGolden('writing.json')) as { table: number[][]; cases: { prompt: number[]; said: Said; ids: number[] }[] }
const LONGEST = 9

/** Scores by the last two tokens. It counts the rows that were not freed. */
class Table implements Steps {
  alive = 0

  begin(prompt: readonly number[]): Promise<Step> {
    return Promise.resolve(this.step([...prompt]))
  }

  next(row: Row, id: number): Promise<Step> {
    return Promise.resolve(this.step([...row.ids, id]))
  }

  private step(ids: number[]): Step {
    const { table } = golden
    const [own, before] = [table[ids.at(-1) ?? 0] ?? [], table[ids.at(-2) ?? ids[0] ?? 0] ?? []]
    const size = own.length
    const scores = Float32Array.from(own, (score, i) => Math.fround(Math.fround(score) + Math.fround(0.5 * Math.fround(before[(i - 3 + size) % size] ?? 0))))
    this.alive++
    let freed = false
    const free = (): void => {
      assert.ok(!freed, 'freed twice')
      freed = true
      this.alive--
    }
    return { row: { ids, free }, scores }
  }
}

function job(prompt: readonly number[], said: Said, more: Partial<Job> = {}): Job {
  return {
    prompt, base: prompt.length, seed: 1, choice: { temperature: 0, topK: 0, topP: 1 },
    beams: said.num_beams ?? 1, lengthPenalty: said.length_penalty ?? 1, earlyStopping: said.early_stopping ?? false,
    rules: {
      repetitionPenalty: said.repetition_penalty ?? 1, noRepeatNgrams: said.no_repeat_ngram_size ?? 0, banned: said.bad_words_ids ?? [],
      stops: said.eos_token_id ?? [2], minTokens: said.min_new_tokens ?? 0, minLength: said.min_length ?? 0, forced: [], forcedEnd: said.forced_eos_token_id,
      suppress: said.suppress_tokens ?? [], suppressFirst: said.begin_suppress_tokens ?? [], length: prompt.length + LONGEST,
    },
    wrote: () => undefined, ended: () => false, stopped: () => false, ...more,
  }
}

test('the same ids as transformers writes, greedily and with beams', async () => {
  for (const { prompt, said, ids } of golden.cases) {
    const steps = new Table()
    const found = await generate(steps, job(prompt, said))
    assert.deepEqual(found.ids, ids, JSON.stringify({ prompt, said }))
    assert.equal(steps.alive, 0, 'every row was freed')
  }
})

test('a forced token stands at its place, and another end counts', async () => {
  const plan = job([5, 3], { suppress_tokens: [2] })
  const found = await generate(new Table(), { ...plan, rules: { ...plan.rules, forced: [{ place: 1, id: 10 }] } })
  assert.equal(found.ids[1], 10)
  const stopped = await generate(new Table(), job([5, 3], { suppress_tokens: [2] }, { ended: (ids) => ids.length === 3 }))
  assert.deepEqual([stopped.ids.length, stopped.finish], [3, 'stop'])
  const beams = await generate(new Table(), job([5, 3], { num_beams: 3, suppress_tokens: [2] }, { ended: (ids) => ids.length === 3 }))
  assert.deepEqual([beams.ids.length, beams.finish], [3, 'stop'])
})

test('who stops it has what was written', async () => {
  for (const beams of [1, 3]) {
    let asked = 0
    const steps = new Table()
    const { ids, finish } = await generate(steps, job([5, 3], { num_beams: beams, suppress_tokens: [2] }, { stopped: () => ++asked > 3 }))
    assert.ok(ids.length > 0 && ids.length < LONGEST, String(ids.length))
    assert.deepEqual([finish, steps.alive], ['length', 0])
  }
})

test('shares of what is drawn are those of the softmax', () => {
  const scores = Float32Array.of(1, 2, 0, -1, 1.5)
  const choose = (choice: { topK?: number; topP?: number; minP?: number }, at: number): number => next(scores, { temperature: 1, topK: 0, topP: 1, ...choice }, () => at)
  // e^x: 2: 7.389, 1.5: 4.482, 1: 2.718, 0: 1, -1: 0.368; all 15.957.
  assert.deepEqual([0, 0.45, 0.47, 0.74, 0.75, 0.91, 0.92, 0.98].map((at) => choose({}, at)), [1, 1, 4, 4, 0, 0, 2, 3])
  assert.deepEqual([0.6, 0.63, 0.99].map((at) => choose({ topK: 2 }, at)), [1, 4, 4])
  assert.deepEqual([0.5, 0.51, 0.81, 0.82].map((at) => choose({ topP: 0.8 }, at)), [1, 4, 4, 0])
  assert.deepEqual([0.62, 0.63].map((at) => choose({ minP: 0.5 }, at)), [1, 4])
})
