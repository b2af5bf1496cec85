// Stands before the worker's own script: takes the runtime's memory when every session is made and none has run, and tells it when asked.
{
  const { channel, names, graphs, small, granule } = %s
  const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  const instantiate = WebAssembly.instantiate.bind(WebAssembly)
  const LARGE = 1 << 20
  let memory, real, options, model, before, image

  /** A session of a small graph, made as ONNX Runtime's own script makes one. */
  const made = (text, given) => {
    const graph = bytesOf(text)
    const at = real[names.allocate](graph.length) >>> 0
    new Uint8Array(memory.buffer).set(graph, at)
    const session = real[names.create](at, graph.length, given)
    real[names.free](at)
    return session
  }

  /** Nothing below what is free at the memory's end is given out any more: what is there then stays as any session leaves it. */
  const fill = () => {
    const end = real[names.allocate](LARGE) >>> 0
    real[names.free](end)
    for (let size = LARGE; size >= 8; size = size > 512 ? size / 2 : size - 8) {
      let at = real[names.allocate](size) >>> 0
      while (at < end) at = real[names.allocate](size) >>> 0
      real[names.free](at)
    }
  }

  /** 0: a granule of zeros; 1: it came with the sessions; 2: it is what any model's session leaves. */
  const taken = () => {
    const given = real[names.options](99, ...options.slice(1))
    const sessions = [model, ...graphs.map((graph) => made(graph, given))]
    real[names.releaseOptions](given)
    const all = new Uint8Array(memory.buffer).slice()
    const was = new Uint8Array(all.length)
    was.set(before)
    const [words, old] = [all, was].map(({ buffer }) => new BigUint64Array(buffer))
    const kinds = new Uint8Array(all.length / granule)
    const data = []
    for (let at = 0; at < kinds.length; at++) {
      const from = (at * granule) / 8
      const one = words.subarray(from, from + granule / 8)
      if (!one.some((word) => word !== 0n)) continue
      kinds[at] = one.every((word, place) => word === old[from + place]) ? 2 : 1
      data.push(all.subarray(at * granule, (at + 1) * granule))
    }
    const globals = Object.entries(real).filter(([name]) => name.startsWith('global ')).map(([name, { value }]) => [Number(name.slice(7)), value])
    return { kinds, data: new Blob(data), globals, sessions, pages: all.length / 65536 }
  }

  WebAssembly.instantiate = async (module, imports) => {
    memory = Object.values(imports).flatMap((each) => Object.values(each)).find((each) => each instanceof WebAssembly.Memory)
    const instance = await instantiate(module, imports)
    real = instance.exports
    const exports = {
      ...real,
      [names.options]: (...given) => real[names.options](...(options = given)),
      [names.create]: (...given) => {
        if (before === undefined) {
          // It stays: what would take its place could look the same.
          made(small, given[2])
          fill()
          before = new Uint8Array(memory.buffer).slice()
        }
        return (model = real[names.create](...given))
      },
      [names.runOptions]: (...given) => {
        image ??= taken()
        return real[names.runOptions](...given)
      },
    }
    return { exports }
  }
  // Otherwise it would be chance whether a session of another model is made before.
  let held
  globalThis.addEventListener?.('message', (event) => {
    if (event.data.type === 'start') self.onmessage({ data: held })
    if (event.data.type !== 'runtime' || held) return
    held = event.data
    event.stopImmediatePropagation()
  })
  const line = new BroadcastChannel(channel)
  line.onmessage = ({ data }) => data === 'image' && line.postMessage(image)
}
