/** The least that a site's manifest says of its inputs, and errors of an input. */
import assert from 'node:assert/strict'
import { EdgewebError } from '../../src/shared/errors.js'
import type { Column, Manifest, TensorInfo, TensorType } from '../../src/shared/manifest.gen.js'

export function site(inputs: [name: string, type: TensorType, shape: TensorInfo['shape']][], columns?: Column[]): Manifest {
  return {
    format: 1, name: 'm', title: 'M', release: '', task: 'tensors', files: {}, variants: [], runtimes: {}, script: 's', interface: 'i', outputs: [],
    inputs: inputs.map(([name, type, shape]) => ({ name, type, shape })), ...(columns ? { tabular: { columns } } : {}),
  }
}

export function refuses(call: () => unknown, message: RegExp, hint = /./): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof EdgewebError, String(error))
    assert.equal(error.code, 'input')
    assert.match(error.message, message)
    assert.match(error.hint, hint)
    return true
  })
}
