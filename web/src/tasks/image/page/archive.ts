/** The results of many pictures as one file: a table, JSON, or the pictures that were made in a ZIP. */
import { downloadZip } from 'client-zip'
import type { Result } from '../../../shared/api.js'
import { CSV_TYPE, save } from '../../../page/ui/save.js'
import { writeCsv } from '../../../page/ui/csv.js'
import { tinted } from '../../../page/ui/results/mask.js'
import type { Picture } from './picture.js'
import type { View } from './view.js'

/** A line or more a picture: its name and what was found, or what went wrong. */
export function table(items: readonly Picture[], { columns, rows }: View): string {
  const lines = items.flatMap(({ name, result, failure: problem }) => {
    const time = result?.milliseconds ? Math.round(result.milliseconds * 10) / 10 : ''
    const found = result ? rows(result) : [columns.map(() => '')]
    return found.map((cells) => [name, ...cells, time, problem?.message ?? ''])
  })
  return writeCsv([['file', ...columns, 'milliseconds', 'error'], ...lines])
}

export function saveTable(items: readonly Picture[], stem: string, view: View): void {
  save(`${stem}-results.csv`, table(items, view), CSV_TYPE)
}

/** The result forms as the page's JavaScript gives them, but for pixels. */
export function saveJson(items: readonly Picture[], stem: string): void {
  const entries = items.map(({ name, result, failure: problem }) => ({ file: name, ...(result && plain(result)), ...(problem && { error: problem.message }) }))
  save(`${stem}-results.json`, `${JSON.stringify(entries, null, 1)}\n`, 'application/json')
}

function plain(result: Result): object {
  if (result.task === 'image') return { task: result.task, milliseconds: result.milliseconds }
  if (result.task === 'depth') return { task: result.task, width: result.width, height: result.height, values: [...result.values], milliseconds: result.milliseconds }
  if (result.task !== 'segmentation') return result
  const { mask: _, alpha: __, ...rest } = result
  return rest
}

/** Whether there are pictures to save. */
export const pictured = (items: readonly Picture[]): boolean => items.some(({ result }) => result?.task === 'image' || result?.task === 'segmentation' || result?.task === 'depth')

/** The pictures that were made, or the masks: a grey level for each class, and the classes in their colours; with the table. */
export async function saveArchive(items: readonly Picture[], stem: string, view: View): Promise<void> {
  const files: { name: string; input: Blob }[] = [{ name: 'results.csv', input: new Blob([table(items, view)], { type: CSV_TYPE }) }]
  const used = new Set<string>()
  for (const { name, result, made } of items) {
    const own = unused(name.replace(/\.[a-z0-9]{1,5}$/i, '').replace(/[\\/:*?"<>|]+/g, '-') || 'picture', used)
    if (result?.task === 'depth') files.push({ name: `${own}-depth.png`, input: await png(result.image) })
    if (result?.task === 'image') files.push({ name: `${own}.png`, input: made ?? await png(result.image) })
    if (result?.task !== 'segmentation') continue
    files.push({ name: `${own}-mask.png`, input: await png(grey(result)) }, { name: `${own}-classes.png`, input: await png(tinted(result, new Set(), 255)) })
  }
  save(`${stem}-results.zip`, await downloadZip(files).blob(), 'application/zip')
}

function unused(name: string, used: Set<string>): string {
  let found = name
  for (let n = 2; used.has(found.toLowerCase()); n++) found = `${name}-${n}`
  used.add(found.toLowerCase())
  return found
}

/** The class of each pixel as its grey level; of a soft mask how sure the model is. */
function grey({ width, height, mask, alpha }: Extract<Result, { task: 'segmentation' }>): ImageData {
  const image = new ImageData(width, height)
  const values = alpha ?? mask
  for (let i = 0; i < mask.length; i++) image.data.fill(values[i] as number, 4 * i, 4 * i + 3).fill(255, 4 * i + 3, 4 * i + 4)
  return image
}

export async function png(image: ImageData): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  canvas.width = 0
  return blob ?? new Blob()
}
