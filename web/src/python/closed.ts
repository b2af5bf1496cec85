/** Takes from the worker what could send or keep anything. Its policy refuses all of it already; so does the name, then. */
const NAMES = [
  'fetch', 'XMLHttpRequest', 'WebSocket', 'WebSocketStream', 'EventSource', 'WebTransport', 'RTCPeerConnection', 'Worker', 'SharedWorker',
  'importScripts', 'indexedDB', 'caches', 'BroadcastChannel', 'Request', 'Notification', 'cookieStore', 'webkitRequestFileSystem', 'webkitRequestFileSystemSync',
]

export function close(): void {
  for (const name of NAMES) {
    for (let place: object | null = globalThis; place !== null; place = Object.getPrototypeOf(place) as object | null) {
      Reflect.deleteProperty(place, name)
    }
  }
}
