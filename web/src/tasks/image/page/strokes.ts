/** Strokes that a visitor draws, and the model that follows them. */

/** In shares of the pad's sides. */
export interface Point { x: number; y: number }
export type Stroke = readonly Point[]

/** Of the pad's shorter side: as thick as digits and sketches are in the pictures that models of them learn from. */
const THICK = 0.09

/** All of them with round ends, on a ground that fills the canvas. */
export function paint(canvas: HTMLCanvasElement, strokes: readonly Stroke[], ground: string, ink: string): void {
  const context = canvas.getContext('2d')
  if (!context) return
  const { width, height } = canvas
  context.fillStyle = ground
  context.fillRect(0, 0, width, height)
  Object.assign(context, { strokeStyle: ink, lineWidth: THICK * Math.min(width, height), lineCap: 'round', lineJoin: 'round' })
  for (const [first, ...rest] of strokes) {
    if (!first) continue
    context.beginPath()
    context.moveTo(first.x * width, first.y * height)
    // A point alone is a dot: a line to itself has its round ends.
    for (const { x, y } of rest.length ? rest : [first]) context.lineTo(x * width, y * height)
    context.stroke()
  }
}

/** Work that follows something which changes: at most once a frame, always the newest, never two at a time. */
export class Latest {
  private wanted = false
  private busy = false

  /** @param work ends by itself, whatever happens. */
  constructor(private readonly work: () => Promise<void>) {}

  ask(): void {
    this.wanted = true
    if (!this.busy) void this.run()
  }

  private async run(): Promise<void> {
    this.busy = true
    while (this.wanted) {
      await new Promise(requestAnimationFrame)
      this.wanted = false
      await this.work()
    }
    this.busy = false
  }
}
