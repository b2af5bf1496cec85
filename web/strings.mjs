// The words of the page: strings/en.json has them all, every other language the same keys. Here they become types, and what stands in a script.
import { readFileSync } from 'node:fs'

const PLURALS = ['zero', 'one', 'two', 'few', 'many', 'other']
/** Not asked for by name: what stands in index.html, and sentences that are looked up by their English form. */
const APART = ['document', 'errors']

export const readStrings = (language) => JSON.parse(readFileSync(new URL(`strings/${language}.json`, import.meta.url), 'utf8'))

const isPlural = (entry) => typeof entry === 'object' && Object.keys(entry).every((key) => PLURALS.includes(key))

/** The names of an entry's placeholders, in the order of the English sentence: in that order they are given. */
function placeholders(entry) {
  const text = typeof entry === 'string' ? entry : entry.other
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))]
}

const numbered = (text, names) => text.replace(/\{(\w+)\}/g, (_, name) => `{${names.indexOf(name)}}`)

/** A section as it stands in a script: placeholders by their numbers. Python's wording.py does the same for other languages. */
function filled(entry) {
  if (typeof entry === 'string') return numbered(entry, placeholders(entry))
  const names = isPlural(entry) ? placeholders(entry) : []
  return Object.fromEntries(Object.entries(entry).map(([key, each]) => [key, isPlural(entry) ? numbered(each, names) : filled(each)]))
}

/** What each name that a bundle leaves open stands for, in English: nothing needs to be looked up there. */
export function englishWords() {
  const { lang, dir, ...sections } = readStrings('en')
  const texts = Object.entries({ lang, dir, errors: {}, ...Object.fromEntries(Object.entries(sections).filter(([name]) => !APART.includes(name)).map(([name, each]) => [name, filled(each)])) })
  return Object.fromEntries(texts.map(([name, value]) => [`EDGEWEB_STRINGS_${name}`, JSON.stringify(value)]))
}

/** The script with its words, of which it has those that its modules use. Without parentheses an arrow would take a table for its body. */
export const withWords = (script, words) => script.replace(/\bEDGEWEB_STRINGS_\w+/g, (name) => `(${words[name]})`)

function type(entry) {
  if (typeof entry === 'string' || isPlural(entry)) {
    const names = placeholders(entry)
    return names.length || typeof entry !== 'string' ? `(${names.map((name) => `${name}: Given`).join(', ')}) => string` : 'string'
  }
  return `{ ${Object.entries(entry).map(([key, each]) => `${JSON.stringify(key)}: ${type(each)}`).join('; ')} }`
}

/** strings.gen.ts: each section as a constant of its own, so that a script carries the ones that it uses (a name by itself might throw, and would stay). */
export function stringsModule() {
  const { lang: _lang, dir: _dir, ...sections } = readStrings('en')
  const named = Object.entries(sections).filter(([name]) => !APART.includes(name))
  return `/** Made by generate.mjs from strings/en.json: what the page says, section by section. */
import { section, type Given } from './strings.js'

${named.map(([name, each]) => `declare const EDGEWEB_STRINGS_${name}: object
export const ${name} = /* @__PURE__ */ section<${type(each)}>(() => EDGEWEB_STRINGS_${name})`).join('\n')}
`
}
