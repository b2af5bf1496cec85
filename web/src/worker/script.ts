/** Loads the script for texts, which the page hands over as checked bytes. */
import type { TextParts } from '../shared/protocol.js'
import type { OpenReader, TextScript } from './reader.js'

export async function textScript({ script, tokenizer }: TextParts): Promise<TextScript> {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
  try {
    const { open } = (await import(url)) as { open: OpenReader }
    return { open, tokenizer }
  } finally {
    URL.revokeObjectURL(url)
  }
}
