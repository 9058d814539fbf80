import { type Html, html } from "@rsdix/internal";
import type { Evaluation, PredictionsEvaluation, ScoresEvaluation } from "./evaluation";
import { renderTable } from "./tables";

/** k of the accuracies of predictions. */
const TOP = [1, 2, 3, 5, 10];
/** Rows of what went wrong: a page is not a data set. */
const ROWS = 30;
/** Rows of models and of classes. */
const MANY = 500;

/** What the evaluations found. */
export function evaluationSection(evaluations: readonly Evaluation[]): Html {
  return html`<section id="evaluation">
<h2>Evaluation</h2>
${evaluations.map((evaluation) => (evaluation.kind === "scores" ? scoresTable(evaluation) : ""))}
${evaluations.map((evaluation) => (evaluation.kind === "predictions" ? predictions(evaluation) : ""))}
</section>`;
}

function scoresTable({ title, dataset, models }: ScoresEvaluation): Html {
  const metrics = [...new Set(models.flatMap(({ scores }) => Object.keys(scores)))];
  return renderTable({
    caption: `${dataset === undefined || title.includes(dataset) ? title : `${title}: ${dataset}`}${cut(models.length, MANY)}`,
    heads: ["Model"],
    columns: metrics.map((name) => ({ title: name, better: /mse|loss|error|distance/i.test(name) ? "lower" : "higher" })),
    rows: models.slice(0, MANY).map(({ model, scores }) => ({ labels: [model], values: metrics.map((name) => scores[name]) })),
    digits: 3,
    bestOf: "column",
  });
}

type Image = PredictionsEvaluation["images"][number];

function predictions({ title, images }: PredictionsEvaluation): Html {
  const depth = images.reduce((so, { classes }) => Math.min(so, classes.length), Number.POSITIVE_INFINITY);
  const within = (some: readonly Image[], k: number) =>
    some.filter(({ label, classes }) => classes.slice(0, k).some((each) => each.label === label)).length / some.length;
  const byClass = new Map<string, Image[]>();
  for (const image of images) {
    const some = byClass.get(image.label);
    if (some) some.push(image);
    else byClass.set(image.label, [image]);
  }
  const top = TOP.filter((k) => k <= depth);
  const rowOf = (label: string, some: readonly Image[]) => ({
    labels: [`${label} (${some.length.toLocaleString("en-US")})`],
    values: top.map((k) => within(some, k) * 100),
  });
  const classes = [...byClass].map(([label, some]) => rowOf(label, some)).sort((a, b) => a.values[0]! - b.values[0]!);
  return html`${renderTable({
    caption: `${title}: accuracy by class, hardest first${cut(classes.length, MANY)}`,
    heads: ["Class (images)"],
    columns: top.map((k) => ({ title: `top-${k}, %` })),
    rows: [...classes.slice(0, MANY), { ...rowOf("all", images), kind: "average" as const }],
    digits: 1,
  })}<details><summary>${title}: what went wrong</summary>${confusions(title, images)}${mistakes(title, images)}</details>`;
}

function confusions(title: string, images: readonly Image[]): Html {
  const pairs = new Map<string, { label: string; said: string; count: number }>();
  for (const { label, classes } of images) {
    const said = classes[0]!.label;
    if (said === label) continue;
    const key = JSON.stringify([label, said]);
    pairs.set(key, { label, said, count: (pairs.get(key)?.count ?? 0) + 1 });
  }
  const most = [...pairs.values()].sort((a, b) => b.count - a.count).slice(0, ROWS);
  if (most.length === 0) return html`<p>${title}: every image is recognised.</p>`;
  return renderTable({
    caption: `${title}: what is taken for what, most often first${cut(pairs.size, ROWS)}`,
    heads: ["Class", "Taken for"],
    columns: [{ title: "images" }],
    rows: most.map(({ label, said, count }) => ({ labels: [label, said], values: [count] })),
    digits: 0,
  });
}

function mistakes(title: string, images: readonly Image[]): Html {
  const wrong = images.filter(({ label, classes }) => classes[0]!.label !== label);
  if (wrong.length === 0) return html``;
  const surest = [...wrong].sort((a, b) => b.classes[0]!.probability - a.classes[0]!.probability).slice(0, ROWS);
  return renderTable({
    caption: `${title}: the surest mistakes${cut(wrong.length, ROWS)}`,
    heads: ["File", "Class", "Taken for"],
    columns: [{ title: "probability" }],
    rows: surest.map(({ file, label, classes }) => ({ labels: [file, label, classes[0]!.label], values: [classes[0]!.probability] })),
    digits: 3,
  });
}

/** Says so where a table does not hold all. */
function cut(count: number, rows: number): string {
  return count > rows ? `, ${rows} of ${count.toLocaleString("en-US")}` : "";
}
