/** Notices that a runtime which was cut to its model needed a function that it lacks. */

/** Emscripten's memory is shared even where the page may not share it with anybody. */
let flag: Int32Array | undefined

/** Part of the memory is left out as well, and whoever reads there goes astray. */
let partial = false
let astray = false

/** Look at the flag at `address` of the instance that is made with `imports`; gives the memory that it is in. `restores`: with sessions in it. */
export function watch(imports: WebAssembly.Imports | undefined, address: number, restores: boolean): ArrayBufferLike | undefined {
  partial = restores
  const memory = Object.values(imports ?? {}).flatMap((names) => Object.values(names)).find((value) => value instanceof WebAssembly.Memory)
  // Growth makes another buffer of the same memory, which shared ones are views of.
  flag = memory && new Int32Array(memory.buffer, address, 1)
  return memory?.buffer
}

/** Something was thrown: by whoever went astray, or by one whom the whole runtime will tell the reason. */
export function failed(): void {
  astray ||= partial
}

/** Whether any thread met a trap; nothing that the runtime says after that counts. */
export function isTrapped(): boolean {
  return astray || flag !== undefined && Atomics.load(flag, 0) !== 0
}
