/** Both ways on one page: the site's own interface, and one made by hand. */
import { useRef, useState } from 'react'
import type { LabelScore, Model } from 'edgeweb'
import { EdgeModel, useModel, type ModelError } from './EdgeModel'

const SITE = 'digits/'

export function App() {
  const [shown, setShown] = useState(true)
  const [last, setLast] = useState('nothing yet')
  return (
    <main>
      <h1>A model in React</h1>
      <button onClick={() => setShown(!shown)}>{shown ? 'Take both away' : 'Bring both back'}</button>
      {shown && (
        <>
          <EdgeModel
            src={SITE}
            onReady={({ backend }) => setLast(`ready on ${backend.name}`)}
            onResult={(result) => setLast(result.task === 'classification' ? `read ${result.labels[0]?.label}` : 'a result')}
            onError={({ message }) => setLast(message)}
          />
          <p>The element says: {last}</p>
          <Reader />
        </>
      )}
    </main>
  )
}

function Reader() {
  const state = useModel(SITE)
  if (state.status === 'error') return <Problem error={state.error} />
  if (state.status === 'ready') return <Picture model={state.model} />
  const { loaded = 0, total } = state.progress ?? {}
  return <progress aria-label="Loading" max={total} value={loaded} />
}

function Picture({ model }: { model: Model }) {
  const [labels, setLabels] = useState<LabelScore[]>([])
  const [error, setError] = useState<ModelError>()
  const [running, setRunning] = useState<AbortController>()
  // The picture chosen last wins, also when an earlier one is answered after it.
  const latest = useRef<AbortController>(undefined)

  async function read(file: File): Promise<void> {
    latest.current?.abort()
    const controller = (latest.current = new AbortController())
    setRunning(controller)
    setError(undefined)
    try {
      const result = await model.predict(file, { signal: controller.signal })
      if (result.task === 'classification') setLabels(result.labels)
    } catch (reason) {
      if (latest.current === controller) setError(reason as ModelError)
    }
    if (latest.current === controller) setRunning(undefined)
  }

  return (
    <section aria-label="By hand">
      <h2>By hand, with {model.backend.threads} thread(s)</h2>
      <label>
        Picture <input type="file" accept="image/*" onChange={({ target }) => target.files?.[0] && void read(target.files[0])} />
      </label>
      <button disabled={!running} onClick={() => running?.abort()}>Stop</button>
      {error && <Problem error={error} />}
      <ol>
        {labels.slice(0, 3).map(({ label, score }) => <li key={label}>{label}: {(100 * score).toFixed(1)} %</li>)}
      </ol>
    </section>
  )
}

function Problem({ error: { code, message, hint } }: { error: ModelError }) {
  return <p role="alert">{code === 'aborted' ? 'Stopped.' : `${message} ${hint ?? ''}`}</p>
}
