/** Hands bytes made on the page to the visitor as a file, without any request. */

/** `content` as a download called `filename`; the URL lives long enough for slow download dialogues. */
export function save(filename: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = filename
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

export const CSV_TYPE = 'text/csv;charset=utf-8'
