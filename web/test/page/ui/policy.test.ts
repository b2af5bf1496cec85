/** The plain words of the panel say what the policies say, no more. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaving, lines, plainRules } from '../../../src/page/ui/policy.js'
import { rules as t } from '../../../src/page/ui/strings.gen.js'

const SITE = "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval' 'sha256-abc='; connect-src 'self'; img-src 'self' blob: data:; form-action 'none'"
const SEAL = "default-src 'none'; script-src blob: 'wasm-unsafe-eval'; worker-src blob:; connect-src 'none'; img-src blob: data:; media-src blob:"

test('before and after the seal', () => {
  assert.deepEqual(plainRules([SITE]), [t.connect.site, t.code.site, t.media.site, t.forms.nothing, t.frames.nothing])
  assert.deepEqual(plainRules([SITE, SEAL]), [t.connect.nothing, t.code.nothing, t.media.nothing, t.forms.nothing, t.frames.nothing])
})

test('nothing is claimed that no policy says', () => {
  assert.deepEqual(plainRules([]), [t.connect.others, t.code.others, t.media.others, t.forms.others, t.frames.others])
  assert.equal(plainRules(["default-src 'none'"])[3], t.forms.others)
  assert.equal(plainRules(["connect-src 'self' https://other.example"])[0], t.connect.others)
  assert.equal(plainRules(['connect-src data: *'])[0], t.connect.others)
  assert.deepEqual(lines(" a 'b'; ;c "), ["a 'b'", 'c'])
})

test('only Chromium from 152 on refuses to leave, and only with the headers', () => {
  const facts = (brands: string[], userAgent = '', isolated = true) =>
    ({ brands: brands.map((each) => ({ brand: each.split('/')[0] ?? '', version: each.split('/')[1] ?? '' })), userAgent, isolated })
  assert.equal(leaving(facts(['Not:A-Brand/8', 'Chromium/156'])), 'refused')
  assert.equal(leaving(facts(['Not;A=Brand/8', 'Chromium/156', 'Google Chrome/156'])), 'refused')
  assert.equal(leaving(facts(['Not:A-Brand/8', 'Chromium/156'], '', false)), 'perhaps')
  assert.equal(leaving(facts(['Chromium/151'])), 'open')
  assert.equal(leaving(facts(['Chromium/156', 'Microsoft Edge/156'])), 'open')
  assert.equal(leaving(facts([], 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0')), 'open')
  assert.equal(leaving(facts([], 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36', false)), 'perhaps')
})
