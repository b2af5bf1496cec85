/** What a page must know of a file before it fetches it. */

/** A file to fetch: where, how large (as sent with brotli), and what it must hash to. */
export interface Asset {
  path: string
  bytes: number
  wire: number
  sha256: string
}
