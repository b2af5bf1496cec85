/** The house of house.py, with people who come and go, so that there is something to decide about. */

const [CAPACITY, LOSS, HEATER, STEP] = [3, 0.18, 7, 1 / 6]

/** Where it begins, or where the page was left. */
export const beginning = { step: 36, indoors: 18.5, mean: 2, target: 21, present: true }

export const hourOf = ({ step }) => (step % 144) * STEP
export const weekendOf = ({ step }) => Math.floor(step / 144) % 7 >= 5
export const outdoorsOf = ({ mean, step }) => mean - 3.5 * Math.cos((2 * Math.PI * (hourOf({ step }) - 4)) / 24)

export function wantedOf(house) {
  const hour = hourOf(house)
  return hour >= 22.5 || hour < 6 ? house.target - 3 : house.target
}

/** Ten minutes later, after so much heat. People leave and come as on any such day. */
export function later(house, power) {
  const { indoors, step, present } = house
  const hour = hourOf(house)
  const [from, to] = weekendOf(house) ? [11, 15] : [8.3, 17.5]
  const turned = Math.abs(hour - from) < STEP / 2 ? false : Math.abs(hour - to) < STEP / 2 ? true : present
  return { ...house, step: step + 1, present: turned, indoors: indoors + (STEP / CAPACITY) * (HEATER * power - LOSS * (indoors - outdoorsOf(house))) }
}
