// WebAssembly modules as sections, functions and the instructions that matter when functions are taken out: calls and constants.
// Source: WebAssembly 2.0 core specification, section 5 (binary format), with threads and exception handling.

export const SECTION = { type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6, export: 7, start: 8, element: 9, code: 10, data: 11 }
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const END = 0x0b
const I32_CONST = 0x41
/** A body without locals that traps. */
const TRAP = Uint8Array.of(0, 0, END)

/** The unsigned number at `at`, and where it ends. */
export function unsigned(bytes, at) {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++]
    value += (byte & 127) * scale
    if (byte < 128) return [value, at]
  }
}

function signed(bytes, at) {
  let value = 0n
  let shift = 0n
  let byte
  do {
    byte = bytes[at++]
    value |= BigInt(byte & 127) << shift
    shift += 7n
  } while (byte & 128)
  return [Number(BigInt.asIntN(32, byte & 64 ? value - (1n << shift) : value)) >>> 0, at]
}

export function encoded(value) {
  const found = []
  do {
    const low = value % 128
    value = Math.floor(value / 128)
    found.push(value > 0 ? low | 128 : low)
  } while (value > 0)
  return found
}

/** [{ id, bytes }] of a module, in its order. */
export function sections(module) {
  const found = []
  for (let at = HEADER.length; at < module.length;) {
    const id = module[at]
    const [size, start] = unsigned(module, at + 1)
    found.push({ id, bytes: module.subarray(start, start + size) })
    at = start + size
  }
  return found
}

export function joined(parts) {
  return Buffer.concat([Buffer.from(HEADER), ...parts.flatMap(({ id, bytes }) => [Buffer.from([id, ...encoded(bytes.length)]), bytes])])
}

/** The module with sections replaced, by id; one that it lacks is refused. */
export function withSections(module, replaced) {
  return joined(sections(module).map(({ id, bytes }) => ({ id, bytes: replaced[id] ?? bytes })))
}

export function section(module, id) {
  return sections(module).find((each) => each.id === id)?.bytes ?? Uint8Array.of(0)
}

/** The bodies of a module's own functions, without their sizes. */
export function bodies(module) {
  const bytes = section(module, SECTION.code)
  let [count, at] = unsigned(bytes, 0)
  return Array.from({ length: count }, () => {
    const [size, start] = unsigned(bytes, at)
    at = start + size
    return bytes.subarray(start, at)
  })
}

export function codeOf(found) {
  return Buffer.concat([Buffer.from(encoded(found.length)), ...found.flatMap((body) => [Buffer.from(encoded(body.length)), body])])
}

/** Bodies with a trap in the place of those that `out` names by their places. */
export function trapped(found, out) {
  return found.map((body, at) => (out.has(at) ? TRAP : body))
}

/** [{ name, kind, index }]; kinds are 0 function, 1 table, 2 memory, 3 global, 4 tag. */
export function exportsOf(module) {
  const bytes = section(module, SECTION.export)
  let [count, at] = unsigned(bytes, 0)
  return Array.from({ length: count }, () => {
    let size, index
    ;[size, at] = unsigned(bytes, at)
    const name = Buffer.from(bytes.subarray(at, at + size)).toString()
    const kind = bytes[at + size]
    ;[index, at] = unsigned(bytes, at + size + 1)
    return { name, kind, index }
  })
}

export function exportSection(found) {
  return Buffer.concat([Buffer.from(encoded(found.length)), ...found.flatMap(({ name, kind, index }) => {
    const text = Buffer.from(name)
    return [Buffer.from(encoded(text.length)), text, Buffer.from([kind, ...encoded(index)])]
  })])
}

/** The value of each global of the module's own that is a constant of 32 bits, else undefined. */
export function globals(module) {
  const bytes = section(module, SECTION.global)
  let [count, at] = unsigned(bytes, 0)
  return Array.from({ length: count }, () => {
    const value = bytes[at + 2] === I32_CONST ? signed(bytes, at + 3)[0] : undefined
    at += 2
    walk(bytes, at, (end) => { at = end })
    return value
  })
}

/** The active segments of the data section: { address, bytes }, views of the module's own. */
export function segments(module) {
  const bytes = section(module, SECTION.data)
  let [count, at] = unsigned(bytes, 0)
  return Array.from({ length: count }, () => {
    if (bytes[at] !== 0 || bytes[at + 1] !== I32_CONST) throw new Error('a data segment without a fixed address')
    let address, size
    ;[address, at] = signed(bytes, at + 2)
    ;[size, at] = unsigned(bytes, at + 1)
    const found = { address, bytes: bytes.subarray(at, at + size) }
    at += size
    return found
  })
}

/** Functions of the table by their places: Map of place to function. */
export function tableOf(module) {
  const bytes = section(module, SECTION.element)
  let [count, at] = unsigned(bytes, 0)
  const found = new Map()
  for (; count > 0; count--) {
    if (bytes[at] !== 0 || bytes[at + 1] !== I32_CONST) throw new Error('an element segment of another kind')
    let place, size, index
    ;[place, at] = signed(bytes, at + 2)
    ;[size, at] = unsigned(bytes, at + 1)
    for (; size > 0; size--) {
      ;[index, at] = unsigned(bytes, at)
      found.set(place++, index)
    }
  }
  return found
}

/** What a function names: { calls: functions, constants: numbers and addresses }. */
export function references(body) {
  const calls = []
  const constants = []
  let [groups, at] = unsigned(body, 0)
  for (; groups > 0; groups--) at = skip(body, at) + 1
  walk(body, at, () => undefined, (index) => calls.push(index), (value) => constants.push(value))
  return { calls, constants }
}

function skip(bytes, at) {
  while (bytes[at++] & 128);
  return at
}

/** Reads instructions from `at` to the end of the outermost block. */
function walk(bytes, at, onEnd, onCall = () => undefined, onConstant = () => undefined) {
  for (let depth = 0; ;) {
    const op = bytes[at++]
    if (op === END && depth-- === 0) return onEnd(at)
    if (op === 0x02 || op === 0x03 || op === 0x04 || op === 0x06 || op === 0x1f) depth++
    // The old delegate ends its block.
    if (op === 0x18) depth--
    at = immediate(bytes, at, op, onCall, onConstant)
  }
}

const PLAIN = (op) => op <= 0x01 || [0x05, 0x0a, END, 0x0f, 0x19, 0x1a, 0x1b, 0xd1].includes(op) || (op >= 0x45 && op <= 0xc4)
const ONE = new Set([0x02, 0x03, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0c, 0x0d, 0x18, 0x3f, 0x40, 0x42, 0xd0, ...[0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26]])

/** Where the instruction's immediates end. */
function immediate(bytes, at, op, onCall, onConstant) {
  let value
  if (ONE.has(op)) return skip(bytes, at)
  if (op === 0x10 || op === 0x12 || op === 0xd2) {
    ;[value, at] = unsigned(bytes, at)
    onCall(value)
    return at
  }
  if (op === I32_CONST) {
    ;[value, at] = signed(bytes, at)
    onConstant(value)
    return at
  }
  if (op >= 0x28 && op <= 0x3e) return memory(bytes, at, onConstant)
  if (op === 0x11 || op === 0x13) return skip(bytes, skip(bytes, at))
  if (op === 0x43) return at + 4
  if (op === 0x44) return at + 8
  if (op === 0x0e || op === 0x1c) {
    let [count, next] = unsigned(bytes, at)
    for (count += op === 0x0e ? 1 : 0; count > 0; count--) next = skip(bytes, next)
    return next
  }
  if (op === 0x1f) return catches(bytes, skip(bytes, at))
  if (op >= 0xfc && op <= 0xfe) return prefixed(bytes, at, op, onConstant)
  if (PLAIN(op)) return at
  throw new Error(`instruction 0x${op.toString(16)} is not known`)
}

/** Alignment and offset; a fixed address stands in the offset. */
function memory(bytes, at, onConstant) {
  const [offset, next] = unsigned(bytes, skip(bytes, at))
  if (offset > 0) onConstant(offset)
  return next
}

function catches(bytes, at) {
  let [count, next] = unsigned(bytes, at)
  for (; count > 0; count--) next = skip(bytes, bytes[next] < 2 ? skip(bytes, next + 1) : next + 1)
  return next
}

function prefixed(bytes, at, op, onConstant) {
  const [code, next] = unsigned(bytes, at)
  if (op === 0xfc) {
    if (code < 8) return next
    return [8, 10, 12, 14].includes(code) ? skip(bytes, skip(bytes, next)) : skip(bytes, next)
  }
  if (op === 0xfe) return code === 3 ? next + 1 : memory(bytes, next, onConstant)
  if (code <= 11 || code === 92 || code === 93) return memory(bytes, next, onConstant)
  if (code === 12 || code === 13) return next + 16
  if (code >= 84 && code <= 91) return memory(bytes, next, onConstant) + 1
  return code >= 21 && code <= 34 ? next + 1 : next
}
