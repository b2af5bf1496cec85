/** The last day as lines and bars. */

const [LEFT, WIDTH, TOP, HIGH, FLOOR] = [44, 676, 8, 150, 196]

const element = (name, attributes, text = '') => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.textContent = text
  return made
}

/** @param past moments of ten minutes each, the newest last: indoors, wanted, power, present, hour */
export function draw(svg, past) {
  const low = Math.floor(Math.min(16, ...past.map(({ indoors }) => indoors)))
  const high = Math.ceil(Math.max(23, ...past.map(({ indoors }) => indoors)))
  const [x, step] = [(at) => LEFT + (at * WIDTH) / 144, WIDTH / 144]
  const y = (value) => TOP + (HIGH * (high - value)) / (high - low)
  const line = (key) => past.map((each, at) => `${x(at).toFixed(1)},${y(each[key]).toFixed(1)}`).join(' ')
  const parts = []
  past.forEach(({ present, power, hour }, at) => {
    if (!present) parts.push(element('rect', { class: 'away', x: x(at), y: TOP, width: step + 0.5, height: FLOOR - TOP }))
    parts.push(element('rect', { class: 'heat', x: x(at), y: FLOOR - 30 * power, width: step - 0.8, height: 30 * power }))
    if (Math.abs(hour % 6) < 0.01) parts.push(element('text', { x: x(at), y: 216, 'text-anchor': 'middle' }, `${Math.round(hour)}:00`))
  })
  for (let value = Math.ceil(low / 2) * 2; value <= high; value += 2) {
    parts.push(element('line', { class: 'grid', x1: LEFT, x2: LEFT + WIDTH, y1: y(value), y2: y(value) }))
    if (value % 4 === 0) parts.push(element('text', { x: LEFT - 8, y: y(value) + 4, 'text-anchor': 'end' }, `${value}°`))
  }
  svg.replaceChildren(...parts, element('polyline', { class: 'wanted', points: line('wanted') }), element('polyline', { class: 'indoors', points: line('indoors') }))
}
