/** How long, and for how many items, the page is worked on before a frame is drawn: laying out what was added takes its time too. */
const MS = 6;
const ITEMS = 8;

/** The next frame; a page that isn't seen has none. */
const nextFrame = () =>
  new Promise<void>((resolve) => {
    if (!document.hidden) requestAnimationFrame(() => resolve());
    setTimeout(resolve, document.hidden ? 0 : 200);
  });

/** Draws items of which there may be thousands a few a frame, so that the page answers meanwhile. */
export class InFrames<T> {
  private readonly waiting = new Set<T>();
  private running: Promise<void> | undefined;

  /** `draw` draws an item as it is when its turn comes. */
  constructor(private readonly draw: (item: T) => void) {}

  /** Puts an item in the line; one that is there already is drawn once. */
  add(...items: readonly T[]): void {
    for (const item of items) this.waiting.add(item);
    this.running ??= this.run();
  }

  /** Waits until all is drawn. */
  async drawn(): Promise<void> {
    await this.running;
  }

  /** Forgets what is in the line. */
  clear(): void {
    this.waiting.clear();
  }

  private async run(): Promise<void> {
    try {
      while (this.waiting.size > 0) {
        await nextFrame();
        const began = performance.now();
        let count = 0;
        for (const item of this.waiting) {
          this.waiting.delete(item);
          this.draw(item);
          if (++count >= ITEMS && !document.hidden) break;
          if (performance.now() - began > MS) break;
        }
      }
    } finally {
      this.running = undefined;
    }
  }
}
