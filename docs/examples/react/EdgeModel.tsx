/** A site made by edgeweb in React: its whole interface as a component, or its model as a hook. */
import { useEffect, useEffectEvent, useState, type DetailedHTMLProps, type HTMLAttributes } from 'react'
import type { EdgewebError, Model, Outputs, Progress, Result } from 'edgeweb'

/** An EdgewebError; without `code` and `hint` when edgeweb.js itself could not be loaded. */
export type ModelError = Error & Partial<Pick<EdgewebError, 'code' | 'hint'>>

type Listener<T> = (event: CustomEvent<T>) => void

interface EdgeModelAttributes extends DetailedHTMLProps<HTMLAttributes<HTMLElement>, HTMLElement> {
  src?: string
  'onedge-ready'?: Listener<Model> | undefined
  'onedge-progress'?: Listener<Progress> | undefined
  'onedge-result'?: Listener<Result | Outputs> | undefined
  'onedge-error'?: Listener<ModelError> | undefined
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'edge-model': EdgeModelAttributes
    }
  }
}

/** The module of the site at `src`, as an absolute address: a bundler must leave it alone, since it belongs to the site. */
function siteModule(src: string): Promise<typeof import('edgeweb')> {
  const url = new URL('edgeweb.js', new URL(src, document.baseURI)).href
  return import(/* @vite-ignore */ url) as Promise<typeof import('edgeweb')>
}

function toError(error: unknown): ModelError {
  return error instanceof Error ? error : new Error(String(error))
}

export interface EdgeModelProps extends Omit<HTMLAttributes<HTMLElement>, 'onProgress' | 'onError'> {
  /** The site's folder, with its last slash. */
  src: string
  onReady?: (model: Model) => void
  onProgress?: (progress: Progress) => void
  onResult?: (result: Result | Outputs) => void
  onError?: (error: ModelError) => void
}

/** The interface of the site. Taking it away ends its model. */
export function EdgeModel({ src, onReady, onProgress, onResult, onError, ...rest }: EdgeModelProps) {
  const failed = useEffectEvent((error: unknown) => onError?.(toError(error)))
  // Defines the element; until then it is empty.
  useEffect(() => {
    siteModule(src).catch((error: unknown) => failed(error))
  }, [src])
  return (
    <edge-model
      {...rest}
      src={src}
      onedge-ready={({ detail }) => onReady?.(detail)}
      onedge-progress={({ detail }) => onProgress?.(detail)}
      onedge-result={({ detail }) => onResult?.(detail)}
      onedge-error={({ detail }) => onError?.(detail)}
    />
  )
}

export type ModelState =
  | { status: 'loading'; progress?: Progress }
  | { status: 'ready'; model: Model }
  | { status: 'error'; error: ModelError }

/** The model of the site at `src`. Loading stops, and the model is closed, when the component goes or `src` changes. */
export function useModel(src: string): ModelState {
  const [seen, setSeen] = useState<{ src: string; state: ModelState }>()
  useEffect(() => {
    const stop = new AbortController()
    const { signal } = stop
    let loaded = false
    const show = (state: ModelState): void => {
      // A worker that starts anew, after a call was aborted, reports its progress too: the model is there all the same.
      if (signal.aborted || loaded) return
      loaded = state.status !== 'loading'
      setSeen({ src, state })
    }
    const onProgress = (progress: Progress): void => show({ status: 'loading', progress })
    const loading = siteModule(src).then(({ load }) => load(new URL(src, document.baseURI), { signal, onProgress }))
    loading.then((model) => show({ status: 'ready', model }), (error: unknown) => show({ status: 'error', error: toError(error) }))
    return () => {
      stop.abort()
      // It may have been ready the moment before.
      loading.then((model) => model.close(), () => undefined)
    }
  }, [src])
  // What is known of another address is not shown under this one.
  return seen?.src === src ? seen.state : { status: 'loading' }
}
