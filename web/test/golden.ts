/** The cases that Python's tests read as well: files of tests/golden. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const readGolden = (name: string): string => readFileSync(join(import.meta.dirname, '../../tests/golden', name), 'utf8')
