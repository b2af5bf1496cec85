/** What the page says on sites with their own Python; strings.ts has the rest. */

/** For one, and for any other number. */
export const plural = (n: number, one: string, many: string): string => (n === 1 ? one : many)
export const group = (n: number): string => n.toLocaleString('en')

export const hooks = {
  drop: { image: 'Drop a picture here', audio: 'Drop a sound here', file: 'Drop a file here', text: '', row: '' },
  or: { image: 'or paste one, or choose one.', audio: 'or choose one: WAV, MP3, OGG.', file: 'or paste one, or choose one.', text: '', row: '' },
  choose: 'Choose a file',
  other: 'Choose another',
  text: 'Text',
  json: 'A row, as JSON',
  run: 'Run',
  done: 'Done',
  placeholder: 'The answer appears here.',
  restart: 'Start anew',
  restartHow: 'Forget what was kept of earlier inputs',
  nothing: 'Nothing was found.',
  found: (n: number) => `${group(n)} found`,
  list: 'What was found',
  lines: (n: number) => `${group(n)} ${plural(n, 'line', 'lines')}, one by one`,
  classes: 'Classes',
  parts: 'Parts of the sound',
  more: (n: number) => `and ${group(n)} more, all in the copy`,
  scene: (n: number) => `Your picture, with ${group(n)} ${plural(n, 'place', 'places')} marked`,
  mask: 'Each pixel in the colour of its class',
  made: (width: number, height: number) => `The picture that was made, ${group(width)} × ${group(height)} pixels`,
  png: 'Download PNG',
  opacity: 'Opacity',
  cutOut: 'Download cut-out',
  before: 'Before',
  after: 'After',
  slider: 'How much of your picture is shown',
  timeline: (n: number, length: string) => `Waveform of ${length} with ${group(n)} ${plural(n, 'part', 'parts')} marked`,
  vector: (n: number, length: string) => `${group(n)} numbers; as a vector of length ${length}`,
  showLabels: 'Show labels',
  hideLabels: 'Hide labels',
  copyText: 'Copy text',
}
