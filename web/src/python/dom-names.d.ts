/** The page-only classes that the public types name, so that the worker's project knows them without the whole DOM. */
interface HTMLImageElement { readonly __page: 'img' }
interface HTMLCanvasElement { readonly __page: 'canvas' }
interface HTMLVideoElement { readonly __page: 'video' }
