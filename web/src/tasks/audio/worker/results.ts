/** What was heard in the windows of a sound, as the task's result form. */
import type { LabelScore, Result, Segment } from '../../../shared/api.js'
import type { AudioPipeline } from '../../../shared/manifest.gen.js'
import { notesOf, partsOf, pitched, RELEASE } from '../../../shared/segments.js'
import type { Heard } from './stream.js'

type Form = Result extends infer R ? (R extends { task: 'classification' | 'segments' | 'audio' } ? Omit<R, 'milliseconds'> : never) : never

export function heardAs(heard: Heard, pipeline: AudioPipeline, labels: readonly string[]): Form {
  switch (pipeline.result) {
    case 'classification': return classified(heard, pipeline, labels)
    case 'audio': return { task: 'audio', samples: heard.samples, rate: pipeline.rate }
    case 'notes': return notes(heard, pipeline)
    case 'pitch': return pitch(heard, pipeline)
    default: return active(heard, pipeline, labels[0] ?? (pipeline.result === 'anomaly' ? 'anomaly' : 'speech'))
  }
}

/** Seconds at which window `index` begins to tell. */
const begins = ({ hop, rate }: AudioPipeline, index: number): number => (index * hop) / rate

function classified(heard: Heard, pipeline: AudioPipeline, names: readonly string[]): Form {
  const { data, dims } = heard.tensors.get('scores') ?? { data: new Float32Array(0), dims: [0, 0] }
  const [count = 0, classes = 0] = dims
  const label = (index: number): string => names[index] ?? `class ${index}`
  const whole = new Float64Array(classes)
  const segments: Segment[] = []
  for (let i = 0; i < count; i++) {
    const scores = data.subarray(i * classes, (i + 1) * classes)
    let best = 0
    scores.forEach((score, c) => {
      whole[c] = pipeline.combine === 'max' ? Math.max(i ? (whole[c] as number) : -Infinity, score) : (whole[c] as number) + score / count
      if (score > (scores[best] as number)) best = c
    })
    const start = begins(pipeline, heard.first + i)
    // A window tells of the time until the next one; the last one of all that it holds.
    const end = i === count - 1 ? start + pipeline.length / pipeline.rate : begins(pipeline, heard.first + i + 1)
    const last = segments.at(-1)
    if (last?.label === label(best)) Object.assign(last, { end, score: Math.max(last.score, scores[best] as number) })
    else segments.push({ label: label(best), start, end, score: scores[best] as number })
  }
  const labels: LabelScore[] = Array.from(whole, (score, c) => ({ label: label(c), score })).sort((a, b) => b.score - a.score)
  return { task: 'classification', labels: count ? labels : [], segments }
}

/** The values of each window that lie in the time it tells of, [windows, kept * width], and the seconds from one to the next. */
function told({ data, dims }: { data: Float32Array; dims: number[] }, pipeline: AudioPipeline, width = 1): { values: Float32Array; step: number } {
  const [count = 0, ...rest] = dims
  const each = rest.reduce((a, b) => a * b, 1) / width
  const { length, hop, lead, rate } = pipeline
  let [from, to] = [0, each]
  if (each > 1 && hop < length) {
    const middle = (k: number): number => ((k + 0.5) * length) / each
    while (middle(from) < lead) from++
    while (to > from + 1 && middle(to - 1) >= lead + hop) to--
  }
  const kept = to - from
  const values = new Float32Array(count * kept * width)
  for (let i = 0; i < count; i++) values.set(data.subarray((i * each + from) * width, (i * each + to) * width), i * kept * width)
  return { values, step: hop / kept / rate }
}

function active(heard: Heard, pipeline: AudioPipeline, label: string): Form {
  const found = heard.tensors.get('values')
  const start = begins(pipeline, heard.first)
  const { values, step } = found ? told(found, pipeline) : { values: new Float32Array(0), step: pipeline.hop / pipeline.rate }
  const { threshold, least, gap, result } = pipeline
  const rules = { step, start, least: least ?? 0, gap: gap ?? 0, label, score: result === 'anomaly' ? 'max' : 'mean' } as const
  const segments = threshold == null ? [] : partsOf(values, { ...rules, threshold, release: result === 'anomaly' ? threshold : threshold - RELEASE })
  return { task: 'segments', segments, curve: Array.from(values), step, start }
}

function pitch(heard: Heard, pipeline: AudioPipeline): Form {
  const [hertz, sure] = ['hertz', 'confidence'].map((name) => heard.tensors.get(name)) 
  const start = begins(pipeline, heard.first)
  if (!hertz || !sure) return { task: 'segments', segments: [], curve: [], step: pipeline.hop / pipeline.rate, start }
  const [{ values, step }, { values: confidence }] = [told(hertz, pipeline), told(sure, pipeline)]
  const { threshold, least, gap } = pipeline
  const segments = pitched(values, confidence, { step, start, threshold: threshold ?? 0, least: least ?? 0, gap: gap ?? 0 })
  return { task: 'segments', segments, curve: Array.from(values, (value, i) => ((confidence[i] ?? 0) >= (threshold ?? 0) ? value : 0)), step, start }
}

function notes(heard: Heard, pipeline: AudioPipeline): Form {
  const frames = heard.tensors.get('frames')
  if (!frames) return { task: 'segments', segments: [] }
  const pitches = frames.dims.at(-1) ?? 1
  const onsets = heard.tensors.get('onsets')
  const { values, step } = told(frames, pipeline, pitches)
  const struck = onsets && told(onsets, pipeline, pitches).values
  const { threshold, least, gap, lowest } = pipeline
  return { task: 'segments', segments: notesOf(values, struck, pitches, lowest ?? 21, { step, start: begins(pipeline, heard.first), threshold: threshold ?? 0.3, least: least ?? 0, gap: gap ?? 0 }) }
}
