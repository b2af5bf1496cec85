/** Loads a script that only the sites of one kind have; the page hands it over as checked bytes. */
import type { KindScript } from '../shared/protocol.js'
import type { Script } from './reader.js'

export async function imported({ script, data }: KindScript): Promise<Script> {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
  try {
    return { exports: await import(url), data }
  } finally {
    URL.revokeObjectURL(url)
  }
}
