/** Which headers the service worker gives to which path: the most specific rule's, and no other's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHeaders } from '../../src/sw/headers.js'

const rule = (source: string): object => ({ source, headers: { 'X-Rule': source } })
const rules = (...sources: string[]): string => JSON.stringify({ format: 1, rules: sources.map(rule) })

test('the exact one, then the longest prefix', () => {
  const found = parseHeaders(rules('/*', '/', '/assets/*', '/assets/ort-*', '/index.html', '/report/*'))
  for (const [path, source] of [
    ['/', '/'], ['/index.html', '/index.html'], ['/assets/a.js', '/assets/*'], ['/assets/ort-1.wasm', '/assets/ort-*'],
    ['/report/index.html', '/report/*'], ['/report.json', '/*'], ['/index.html.br', '/*'],
  ]) assert.deepEqual(found.at(path ?? ''), { 'X-Rule': source }, path)
})

test('some rules of a site are worse than none', () => {
  for (const text of [
    'null', '{}', '{"format":2,"rules":[]}', '{"format":1,"rules":{}}', rules('/'), rules('/*', 'x'), rules('/*', '/a*b'),
    '{"format":1,"rules":[{"source":"/*"}]}', '{"format":1,"rules":[{"source":"/*","headers":{"a":1}}]}',
  ]) assert.throws(() => parseHeaders(text), text)
})
