import { type Html, html } from "@rsdix/internal";
import type { StepRecord, ValidationRecord } from "../fit/records";
import { describeNumber } from "../loggers/describe";
import { downsample, isNumber, type Point, smooth } from "./downsample";
import type { Draw } from "./draw";
import { valueAxis } from "./value-axis";

/** One line of a figure. */
interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** One figure. */
export interface Panel {
  readonly title: string;
  readonly about?: string;
  /** d3's format of the axis. */
  readonly format?: string;
  /** Values that stand for themselves, as those of validations: no mean of neighbours is drawn. */
  readonly sparse?: boolean;
  /** Values without noise, as a learning rate's: they are drawn as they are. */
  readonly exact?: boolean;
  /** Taken only of panels that are drawn. */
  readonly lines: () => readonly Line[];
}

/** Lines that one figure holds: as many as the page has colours. */
const LINES = 6;
/** Figures on one page; a task may log more. */
const PANELS = 40;
const NAMED = 20;
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2]];
/** Below it a mean of neighbours hides more than it shows. */
const SMOOTH_FROM = 12;

/** The figures of a run: what was minimised, what it was minimised with, what the task logged, what was validated. */
export function panelsOf(steps: readonly StepRecord[], validations: readonly ValidationRecord[]): Panel[] {
  const panel = (title: string, pick: (record: StepRecord) => number | undefined, more: Look = {}): Panel => ({
    ...{ title, ...more },
    lines: () => [lineOf(title, steps, pick)],
  });
  const group = (title: string, pick: (record: StepRecord) => Readonly<Record<string, number>>, more: Look): Panel[] =>
    chunks(namesOf(steps, pick), LINES).map((names, i) => ({
      ...{ title: i === 0 ? title : `${title} (${i + 1})`, ...more },
      lines: () => names.map((name) => lineOf(name === "total" ? "minimised" : name, steps, (record) => pick(record)[name])),
    }));
  const validation = (name: string): Panel => ({
    ...{ title: `Validation: ${name}`, sparse: true },
    lines: () => [lineOf(name, validations, (record) => record.metrics[name])],
  });
  const curves = namesOf(validations, (record) => record.metrics).map(validation);
  if (steps.length === 0) return curves;
  const logs = namesOf(steps, (record) => record.logs);
  const known = logs.filter((name) => Object.hasOwn(KNOWN_LOGS, name));
  return [
    ...group("Loss", ({ loss }) => loss, { about: "What is minimised, and its parts." }),
    ...group("Learning rate", ({ learningRate, learningRates }) => learningRates ?? { rate: learningRate }, { format: "~e", exact: true }),
    panel("Gradient norm", ({ gradientNorm }) => gradientNorm, { about: "Of all gradients together, before clipping." }),
    ...known.map((name) => panel(KNOWN_LOGS[name]!.title, (record) => record.logs[name], KNOWN_LOGS[name])),
    ...logs.filter((name) => !known.includes(name)).map((name) => panel(name, (record) => record.logs[name])),
    ...curves,
    panel("Items a second", ({ itemsPerSecond }) => itemsPerSecond, { about: "Images, or pairs, that a step took; loading included." }),
    panel("Memory", ({ memory }) => memory / 2 ** 20, { about: "MiB of tensors alive after the step.", exact: true }),
  ];
}

/** How a figure is explained and its axis written. */
type Look = Omit<Panel, "title" | "lines">;

const KNOWN_LOGS: Readonly<Record<string, Omit<Panel, "lines">>> = {
  accuracy: { title: "Accuracy in the batch", about: "How often the right one of the batch is nearest.", format: "~%" },
  sbsMse: { title: "SBS-MSE", about: "Distance of the similarities to Sentence-BERT's; lower is better." },
};

/** All figures, in a grid. */
export async function drawPanels(panels: readonly Panel[], draw: Draw): Promise<Html> {
  const figures: Html[] = [];
  for (const panel of panels.slice(0, PANELS)) figures.push(await drawPanel(panel, draw));
  const left = panels.slice(PANELS);
  const names = left.slice(0, NAMED).map(({ title }) => title);
  if (left.length > NAMED) names.push(`${left.length - NAMED} more`);
  return html`<div class="panels">${figures}</div>${left.length > 0 ? html`<p>Not drawn, as a page holds ${PANELS} figures: ${names.join(", ")}.</p>` : ""}`;
}

async function drawPanel({ title, about, format, sparse = false, exact = false, lines: read }: Panel, draw: Draw): Promise<Html> {
  const lines = read();
  const drawn = lines.map((line, i) => ({ ...line, stroke: strokeOf(i), buckets: downsample(line.points) }));
  const finite = drawn.filter(({ buckets }) => buckets.length > 0);
  const lost = lines.reduce((sum, { points }) => sum + points.filter((point) => !isNumber(point)).length, 0);
  const label = `${title}: ${finite.map(summarise).join("; ")}`;
  const all = finite.flatMap(({ buckets }) => buckets);
  const axis = { ...valueAxis(least(all), greatest(all)), ...(format !== undefined && { format }) };
  const layer = finite.flatMap(({ buckets, stroke }) => layersOf(buckets, stroke, { sparse, exact }));
  const picture =
    finite.length === 0
      ? html`<p class="none">No number was recorded.</p>`
      : await draw({ width: 320, height: 190, autosize: { type: "fit", contains: "padding" }, ...axes(axis), layer }, label);
  return html`<figure class="panel">
<figcaption><strong>${title}</strong> ${about ?? ""}${drawn.length > 1 ? html`<span class="keys">${drawn.map(keyOf)}</span>` : ""}</figcaption>
${picture}${finite.length > 0 ? html`<p class="ends">${drawn.length > 1 ? "" : endsOf(finite[0]!)}${lost > 0 ? ` ${lost} ${lost === 1 ? "value is" : "values are"} no number.` : ""}</p>` : ""}
</figure>`;
}

interface Stroke {
  readonly color: string;
  readonly dash: readonly number[];
}

interface Drawn extends Line {
  readonly stroke: Stroke;
  readonly buckets: ReturnType<typeof downsample>;
}

function strokeOf(i: number): Stroke {
  return { color: `var(--line-${i + 1})`, dash: DASHES[i % DASHES.length]! };
}

/** Faint: each step, or the range of neighbouring ones; strong: the mean around it. */
function layersOf(buckets: Drawn["buckets"], { color, dash }: Stroke, { sparse, exact }: { sparse: boolean; exact: boolean }) {
  const strokeDash = [...dash];
  const merged = buckets.some(({ low, high }) => low < high);
  const few = sparse || buckets.length < SMOOTH_FROM;
  if (few || exact) {
    const mark = { type: "line" as const, color, strokeWidth: 2, strokeDash, ...(few && { point: { color, size: 28 } }) };
    return [{ data: { values: [...buckets] }, mark, encoding: {} }];
  }
  const faint = merged
    ? {
        mark: { type: "area" as const, color, opacity: 0.22 },
        encoding: { y: { field: "low", type: "quantitative" as const }, y2: { field: "high" } },
      }
    : { mark: { type: "line" as const, color, opacity: 0.35, strokeWidth: 1 }, encoding: {} };
  return [
    { data: { values: [...buckets] }, ...faint },
    { data: { values: smooth(buckets) }, mark: { type: "line" as const, color, strokeWidth: 2, strokeDash }, encoding: {} },
  ];
}

/** Axes that all layers share. Fields are ours: a name of the task's would be read as a path. */
function axes({ format, domain }: ReturnType<typeof valueAxis>) {
  return {
    encoding: {
      x: {
        field: "step",
        type: "quantitative" as const,
        title: "step",
        axis: { grid: false, tickCount: 5, format: "~s" },
        scale: { nice: false, zero: false },
      },
      y: {
        field: "value",
        type: "quantitative" as const,
        title: null,
        axis: { tickCount: 5, domain: false, ticks: false, ...(format !== undefined && { format }) },
        scale: { zero: false, ...(domain && { domain, nice: false }) },
      },
    },
  };
}

function least(buckets: Drawn["buckets"]): number {
  return buckets.reduce((so, { low }) => Math.min(so, low), Number.POSITIVE_INFINITY);
}

function greatest(buckets: Drawn["buckets"]): number {
  return buckets.reduce((so, { high }) => Math.max(so, high), Number.NEGATIVE_INFINITY);
}

function lineOf<R extends { step: number }>(name: string, records: readonly R[], pick: (record: R) => number | undefined): Line {
  const points = records.flatMap((record) => {
    const value = pick(record);
    return value === undefined ? [] : [{ step: record.step, value }];
  });
  return { name, points };
}

function namesOf<R>(records: readonly R[], pick: (record: R) => Readonly<Record<string, number>>): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(pick(record))))];
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function summarise(line: Drawn): string {
  const { first, last } = ends(line);
  return `${line.name} from ${describeNumber(first.value)} at step ${first.step} to ${describeNumber(last.value)} at step ${last.step}`;
}

function endsOf(line: Drawn): string {
  const { first, last } = ends(line);
  return first === last ? describeNumber(last.value) : `${describeNumber(first.value)} → ${describeNumber(last.value)}`;
}

function ends({ points }: Drawn) {
  const finite = points.filter(isNumber);
  return { first: finite[0]!, last: finite.at(-1)! };
}

function keyOf(line: Drawn): Html {
  const { color, dash } = line.stroke;
  const value = line.buckets.length > 0 ? endsOf(line) : "no number";
  return html`<span class="key"><svg width="26" height="8" viewBox="0 0 26 8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" stroke="${color}" stroke-width="2" stroke-dasharray="${dash.join(" ")}"/></svg> ${line.name}: ${value}</span>`;
}
