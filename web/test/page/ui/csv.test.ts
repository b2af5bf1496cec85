/** CSV in every form that people save, and out without formulas. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvCell, decodeText, parseCsv, sniff, writeCsv } from '../../../src/page/ui/csv.js'

const cells = (text: string): string[][] => parseCsv(text).map((row) => row.cells)

test('commas, semicolons and tabs are told apart by the first line', () => {
  assert.deepEqual(cells('a,b\n1,2\n'), [['a', 'b'], ['1', '2']])
  assert.deepEqual(cells('a;b\n1,5;2\n'), [['a', 'b'], ['1,5', '2']])
  assert.deepEqual(cells('a\tb\n1\t2'), [['a', 'b'], ['1', '2']])
  assert.equal(sniff('"a;b;c",d\n'), ',')
  assert.equal(sniff('alone'), ',')
})

test('quotes hold delimiters, line ends and doubled quotes', () => {
  assert.deepEqual(cells('"a,b","say ""hi""","two\nlines"\n'), [['a,b', 'say "hi"', 'two\nlines']])
  assert.deepEqual(cells('a, "b" ,c'), [['a', 'b', 'c']])
  assert.deepEqual(cells('"",x'), [['', 'x']])
})

test('CRLF, a lone CR, a byte order mark, blank lines and empty cells', () => {
  assert.deepEqual(cells('\ufeffa,b\r\n\r\n1,\r\n'), [['a', 'b'], ['1', '']])
  assert.deepEqual(cells('a,b\r1,2\r'), [['a', 'b'], ['1', '2']])
  assert.deepEqual(cells(''), [])
  assert.deepEqual(cells(' \n,\n'), [])
})

test('rows know the line that they begin on', () => {
  assert.deepEqual(parseCsv('a,b\n\n"x\ny",1\n2,3').map((row) => row.line), [1, 3, 5])
})

test('a quotation mark that is never closed is refused with its line', () => {
  assert.throws(() => parseCsv('a\n"b\nc'), /line 2/)
})

test('text that a spreadsheet would run is defused, numbers are not', () => {
  assert.equal(csvCell('=1+1'), "'=1+1")
  assert.equal(csvCell('+cmd'), "'+cmd")
  assert.equal(csvCell('-cmd'), "'-cmd")
  assert.equal(csvCell('@x'), "'@x")
  assert.equal(csvCell('\t=x'), '"\'\t=x"')
  assert.equal(csvCell('-1.5e-3'), '-1.5e-3')
  assert.equal(csvCell('+2'), '+2')
  assert.equal(csvCell(-3), '-3')
  assert.equal(csvCell(-9007199254740993n), '-9007199254740993')
})

test('what is written reads back the same', () => {
  const rows = [['a', 'b,c', 'd"e'], ['line\nend', ' spaced ', '']]
  assert.deepEqual(cells(writeCsv(rows)).map((row) => row.map((cell) => cell.trim())), rows.map((row) => row.map((cell) => cell.trim())))
  assert.equal(writeCsv([['x', 1]]), 'x,1\r\n')
})

test('files are UTF-8, or UTF-16 with a byte order mark; anything else is not text', () => {
  assert.equal(decodeText(new TextEncoder().encode('é,ß').buffer as ArrayBuffer), 'é,ß')
  assert.equal(decodeText(new Uint8Array([0xff, 0xfe, 0x61, 0, 0x2c, 0]).buffer), 'a,')
  assert.throws(() => decodeText(new Uint8Array([0xc3, 0x28]).buffer), /could not be read as text/)
  assert.throws(() => decodeText(new Uint8Array([0x50, 0x4b, 0, 0]).buffer), /could not be read as text/)
})

test('a hundred thousand rows are read', () => {
  const text = Array.from({ length: 100_000 }, (_, i) => `${i},1.5,2.5,"x"`).join('\n')
  assert.equal(parseCsv(text).length, 100_000)
})
