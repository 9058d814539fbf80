const NAMESPACE = "http://www.w3.org/2000/svg";
const [HEIGHT, LEFT, BOTTOM] = [220, 48, 24];
/** Until it is laid out. */
const USUAL_WIDTH = 640;
/** Points of the path, some for each of its pixels; a run of 100,000 steps would hold the page up. */
const MOST_DRAWN = 1280;

function svg(tag: string, attributes: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.textContent = text;
  return element;
}

/** A curve of the loss that grows with the run. */
export class LossCurve {
  readonly element = svg("svg", { viewBox: `0 0 ${USUAL_WIDTH} ${HEIGHT}`, class: "curve", role: "img", "aria-label": "No step yet" });
  private points: (readonly [step: number, loss: number])[] = [];
  private steps = 1;
  private pending = false;
  private width = USUAL_WIDTH;

  constructor() {
    // Drawn as wide as it is shown, so that its numbers can be read on a phone.
    new ResizeObserver(([entry]) => {
      const { width } = entry!.contentRect;
      if (width === 0 || width === this.width) return; // its tab isn't shown
      this.width = width;
      this.element.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      this.draw();
    }).observe(this.element);
  }

  /** Starts with what is known of a run. */
  begin(history: readonly (readonly [number, number])[], steps: number): void {
    this.points = [...history];
    this.steps = steps;
    this.element.classList.add("begun");
    this.draw();
  }

  /** Adds a step; what comes between two frames is drawn once. */
  add(step: number, loss: number): void {
    this.points.push([step, loss]);
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.draw();
    });
  }

  private draw(): void {
    if (this.points.length === 0) {
      this.element.replaceChildren(); // no axis without a number
      this.element.setAttribute("aria-label", "No step yet");
      return;
    }
    const losses = this.points.map(([, loss]) => loss);
    const most = losses.reduce((a, b) => Math.max(a, b), 0) || 1;
    const least = losses.reduce((a, b) => Math.min(a, b), most);
    const floor = least > 0.5 * most ? least - (most - least || most) * 0.1 : 0;
    const x = (step: number) => LEFT + ((this.width - LEFT - 8) * step) / this.steps;
    const y = (loss: number) => 8 + (HEIGHT - BOTTOM - 8) * (1 - (loss - floor) / (most - floor || 1));
    const ticks = [floor, (floor + most) / 2, most].flatMap((value) => [
      svg("line", { x1: LEFT, x2: this.width - 8, y1: y(value), y2: y(value), class: "grid" }),
      svg("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, value.toPrecision(3)),
    ]);
    const every = Math.ceil(this.points.length / MOST_DRAWN);
    const shown = this.points.filter((_, i) => i % every === 0 || i === this.points.length - 1);
    const path = shown.map(([step, loss], i) => `${i === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(loss).toFixed(1)}`).join("");
    const last = this.points.at(-1)!;
    this.element.replaceChildren(
      ...ticks,
      svg("text", { x: LEFT, y: HEIGHT - 6 }, "0"),
      svg("text", { x: this.width - 8, y: HEIGHT - 6, "text-anchor": "end" }, `${this.steps} steps`),
      svg("path", { d: path, class: "loss" }),
      svg("circle", { cx: x(last[0]), cy: y(last[1]), r: 3.5, class: "last" }),
    );
    const about = `Loss: from ${this.points[0]![1].toFixed(3)} to ${last[1].toFixed(3)} at step ${last[0]} of ${this.steps}`;
    this.element.setAttribute("aria-label", about);
  }
}
