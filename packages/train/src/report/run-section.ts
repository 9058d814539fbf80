import { type Html, html } from "@rsdix/internal";
import type { CheckpointRecord, EndRecord, FitRecord, StepRecord, ValidationRecord } from "../fit/records";
import { describeDuration, describeNumber } from "../loggers/describe";
import { drawPanels, panelsOf } from "./curves";
import type { Draw } from "./draw";
import { renderTable } from "./tables";

/** Rows of validations: of a longer run the newest. */
const ROWS = 30;

/** What a run did, by kind of record. */
export interface RunParts {
  readonly task: string;
  readonly steps: readonly StepRecord[];
  readonly validations: readonly ValidationRecord[];
  readonly checkpoints: readonly CheckpointRecord[];
  readonly end: EndRecord | undefined;
  readonly planned: number;
  readonly done: number;
}

/** Sorts the records; what a resumed run did twice counts once, as it was the last time. */
export function partsOf(records: readonly FitRecord[]): RunParts {
  const once = <R extends FitRecord>(type: R["type"]) => {
    const byStep = new Map<number, R>();
    for (const record of records) if (record.type === type) byStep.set(record.step, record as R);
    return [...byStep.values()].sort((a, b) => a.step - b.step);
  };
  const last = records.at(-1);
  const steps = once<StepRecord>("step");
  const starts = records.filter((record) => record.type === "start");
  return {
    task: records.find((record) => record.type === "start" || record.type === "step")?.task ?? "",
    steps,
    validations: once<ValidationRecord>("validation"),
    checkpoints: once<CheckpointRecord>("checkpoint"),
    end: last?.type === "end" ? last : undefined,
    planned: steps.at(-1)?.steps ?? starts.at(-1)?.steps ?? 0,
    done: Math.max(0, ...[steps.at(-1)?.step, last?.step].filter((step) => step !== undefined)),
  };
}

/** The numbers to remember. */
export function runCards({ steps, done, planned, end, validations }: RunParts): Html {
  const seconds = sum(steps.map((record) => record.seconds));
  const timed = steps.filter((record) => Number.isFinite(record.itemsPerSecond * record.seconds));
  const items = sum(timed.map((record) => record.itemsPerSecond * record.seconds)) / sum(timed.map((record) => record.seconds));
  const memory = most(steps.map((record) => record.memory));
  const last = steps.at(-1);
  const validated = validations.at(-1);
  const state = end ? (end.reason === "early-stopping" ? "stopped early" : "finished") : "not ended, or stopped";
  return html`<div class="cards">
${card("Steps", done.toLocaleString("en-US"), `of ${planned.toLocaleString("en-US")}: ${state}`)}
${last ? card("Last loss", shown(last.loss.total), `at first ${shown(steps[0]!.loss.total)}`) : ""}
${end?.best ? card(`Best ${end.best.metric}`, shown(end.best.value), `validation at step ${end.best.step.toLocaleString("en-US")}`) : ""}
${
  !end?.best && validated
    ? Object.entries(validated.metrics)
        .slice(0, 1)
        .map(([name, value]) => card(`Validation: ${name}`, shown(value), `at step ${validated.step.toLocaleString("en-US")}`))
    : ""
}
${last ? card("Time in steps", describeDuration(seconds), "loading of batches included") : ""}
${last ? card("Items a second", shown(items), "mean of the run") : ""}
${last ? card("Tensors, at most", `${shown(memory / 2 ** 20)} MiB`, "after a step") : ""}
</div>`;
}

/** Curves and tables of a run. */
export async function runSections(parts: RunParts, draw: Draw): Promise<Html> {
  const { steps, validations, checkpoints } = parts;
  const panels = panelsOf(steps, validations);
  const curves = panels.length > 0 ? await drawPanels(panels, draw) : html`<p class="none">No step was recorded.</p>`;
  const metrics = [...new Set(validations.flatMap((record) => Object.keys(record.metrics)))];
  const newest = validations.slice(-ROWS);
  const table = renderTable({
    caption: `Validations${validations.length > ROWS ? `, the newest ${ROWS} of ${validations.length}` : ""}`,
    heads: ["Step"],
    columns: metrics.map((title) => ({ title })),
    rows: newest.map((record) => ({ labels: [record.step.toLocaleString("en-US")], values: metrics.map((name) => record.metrics[name]) })),
    digits: 4,
  });
  const kept = checkpoints.slice(-ROWS);
  return html`<section id="training">
<h2>Training</h2>
<p>Faint: each step as it was, or the range of neighbouring steps in a long run. Strong: the mean around it. All of it is measured on training batches unless it says
“validation”.</p>
${curves}
</section>
${validations.length > 0 ? html`<section id="validations"><h2>Validations</h2>${table}</section>` : ""}
${
  kept.length > 0
    ? html`<section id="checkpoints"><h2>Checkpoints</h2>
<p>As they were written; older ones may have been removed since.</p>
<div class="scroll" role="region" tabindex="0" aria-label="Checkpoints"><table><thead><tr><th scope="col">Step</th><th scope="col">Where</th><th scope="col">Kept as the best of</th></tr></thead>
<tbody>${kept.map(checkpointRow)}</tbody></table></div></section>`
    : ""
}`;
}

function checkpointRow({ step, location, best }: CheckpointRecord): Html {
  return html`<tr><th scope="row">${step.toLocaleString("en-US")}</th><td class="path">${location}</td><td>${best ? `${best.metric}: ${shown(best.value)}` : "–"}</td></tr>
`;
}

function card(title: string, value: string, note: string): Html {
  return html`<div class="card"><h2>${title}</h2><p class="big">${value}</p><p>${note}</p></div>`;
}

function sum(values: readonly number[]): number {
  return values.reduce((so, value) => (Number.isFinite(value) ? so + value : so), 0);
}

function most(values: readonly number[]): number {
  return values.reduce((so, value) => (Number.isFinite(value) ? Math.max(so, value) : so), 0);
}

/** A number as people read it; a dash where there is none. */
function shown(value: number): string {
  return Number.isFinite(value) ? describeNumber(value) : "–";
}
