/** The thermostat: what it sees goes through the model on this device, again and again. */
import { beginning, hourOf, later, outdoorsOf, wantedOf, weekendOf } from './house.js'
import { draw } from './chart.js'

const EVERY = 500 // milliseconds for ten minutes of the house's time
const AT_FIRST = 25 // until there is a day to show
const DAY = 144
const ASK = 2000
const KEPT = 'thermostat'

const $ = (id) => document.getElementById(id)
const degrees = (value) => `${(Math.round(10 * value) / 10 + 0).toFixed(1)}°`
let { house, past } = JSON.parse(localStorage.getItem(KEPT) ?? 'null') ?? { house: beginning, past: [] }
let up
let [decisions, alone] = [0, 0]

/** All that the page needs comes through its service worker, which keeps it; where there is none it works, but not offline. */
async function kept() {
  if (!navigator.serviceWorker) return
  await navigator.serviceWorker.register('sw.js').catch(() => undefined)
}

/** A number from 0 to 1, from what a thermostat can see. */
async function decide(model) {
  const { indoors, target, present } = house
  const seen = { indoors, outdoors: outdoorsOf(house), target, hour: hourOf(house), weekend: Number(weekendOf(house)), present: Number(present) }
  const { values } = await model.predict(seen)
  return Math.min(1, Math.max(0, values[0]))
}

async function askServer() {
  const answer = await fetch('model/edgeweb.json', { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(ASK) }).catch(() => undefined)
  up = answer?.ok === true
  $('server').dataset.state = up ? 'up' : 'down'
  $('server').textContent = up ? 'The server answers' : 'The server is down: still deciding, here'
  setTimeout(askServer, ASK)
}

function show(power) {
  const time = hourOf(house)
  const hours = Math.floor(time + 1e-6)
  $('indoors').textContent = degrees(house.indoors)
  $('outdoors').textContent = degrees(outdoorsOf(house))
  $('target').textContent = degrees(house.target)
  $('time').textContent = `${weekendOf(house) ? 'Weekend' : 'Workday'} ${String(hours).padStart(2, '0')}:${String(Math.round((time - hours) * 6) * 10).padStart(2, '0')}`
  $('present').textContent = house.present ? 'somebody' : 'nobody'
  $('present').setAttribute('aria-pressed', house.present)
  $('mean').value = house.mean
  $('mean-said').textContent = `${house.mean}°`
  $('decisions').textContent = decisions
  $('alone').textContent = alone
  $('heat').textContent = `heat ${Math.round(100 * power)} %`
  $('state').textContent = power < 0.02 ? 'Resting' : house.present ? 'Heating' : 'Keeping ready'
  document.body.classList.toggle('heating', power >= 0.02)
  $('power').setAttribute('stroke-dasharray', `${power < 0.02 ? 0 : 100 * power} 200`)
  draw($('chart'), past)
}

async function live(model) {
  const begun = performance.now()
  const power = await decide(model)
  decisions++
  if (up === false) alone++
  past.push({ ...house, hour: hourOf(house), wanted: wantedOf(house), power })
  if (past.length > DAY) past.shift()
  show(power)
  house = later(house, power)
  localStorage.setItem(KEPT, JSON.stringify({ house, past }))
  const pause = past.length < DAY ? AT_FIRST : EVERY
  setTimeout(() => live(model).catch(told), Math.max(0, pause - (performance.now() - begun)))
}

function listen() {
  const turn = (by) => () => { house.target = Math.min(23, Math.max(18, house.target + by)); $('target').textContent = degrees(house.target) }
  $('colder').addEventListener('click', turn(-0.5))
  $('warmer').addEventListener('click', turn(0.5))
  $('present').addEventListener('click', () => { house.present = !house.present })
  $('mean').addEventListener('input', ({ target }) => { house.mean = Number(target.value) })
}

function told(error) {
  $('state').textContent = 'Not working'
  $('heat').textContent = error.message
}

try {
  listen()
  await kept()
  void askServer()
  const { load } = await import('./model/edgeweb.js')
  await live(await load('model/', { backend: 'wasm' }))
} catch (error) {
  told(error)
}
