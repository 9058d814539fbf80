import { type Html, html, plainName } from "@rsdix/internal";
import type { ScoresEvaluation } from "./evaluation";
import { type PublishedCaptions, type PublishedZeroShot, publishedAverages, publishedResults } from "./published";
import { renderTable, type TableRow } from "./tables";

/** Own models that stand beside the published ones. */
const OWN = 12;

/** A model's score of a data set, to stand beside published ones. */
interface OwnScore {
  readonly name: string;
  readonly dataset: string;
  /** From 0 to 1. */
  readonly scores: Readonly<Record<string, number>>;
}

/** The published tables, with the user's numbers beside those of the same data set and the same metric. */
export function publishedSection(evaluations: readonly ScoresEvaluation[]): Html {
  const { sets, zeroShot, captions } = publishedResults();
  const all = zeroShotSets(zeroShot);
  const found = ownScores(evaluations, publishedDatasets());
  const models = unique(found.map(({ name }) => name));
  const own = found.filter(({ name }) => models.indexOf(name) < OWN);
  const accuracy = own.filter(({ scores }) => topOne(scores) !== undefined);
  const tables = [...zeroShot.map((table) => zeroShotTable(table, sets, accuracy)), ...captions.map((table) => captionsTable(table, own))];
  const some = models.length > OWN ? ` (of the first ${OWN} of ${models.length} models)` : "";
  const beside = own.length > 0 ? ` Own results${some} stand beside those of the same data set, set off by their colour.` : "";
  const members = Object.entries(sets).map(([set, names]) => `${set}: ${describeSet(names, all)}`);
  return html`<section id="published">
<h2>Published results</h2>
<p>Rows are as the original printed them. Averages over named sets are reckoned from the rows; the printed ones are marked, as some of them mix sets of twelve and of
thirteen.${beside} Accuracy is top-1 in percent; scores of captions go from 0 to 1.</p>
<details${own.length > 0 ? html` open` : ""}><summary>${tables.length} tables</summary>
<p>${members.join("; ")}.</p>
${tables}
</details>
</section>`;
}

/** The data sets that results are published of. */
export function publishedDatasets(): string[] {
  const { zeroShot, captions } = publishedResults();
  return unique([...zeroShotSets(zeroShot), ...captions.flatMap(datasetsOf)]);
}

/** The published data set of a name, which may be written in any case. */
export function publishedDataset(name: string): string | undefined {
  return publishedDatasets().find((known) => plainName(known) === plainName(name));
}

function zeroShotSets(tables: readonly PublishedZeroShot[]): string[] {
  return unique(tables.flatMap(({ rows }) => rows.map(({ label }) => label)));
}

function zeroShotTable(table: PublishedZeroShot, sets: Readonly<Record<string, readonly string[]>>, own: readonly OwnScore[]): Html {
  const names = unique(own.map(({ name }) => name));
  const percentOf = (name: string, dataset: string) => {
    const found = own.filter((score) => score.name === name && score.dataset === dataset).at(-1); // the latest
    return found && topOne(found.scores)! * 100;
  };
  const rows = table.rows.map(({ label, values }) => ({
    label,
    values: [...names.map((name) => percentOf(name, label) ?? null), ...values],
  }));
  const withOwn = { ...table, models: [...names, ...table.models], rows };
  const printed = table.printed.map(({ label, values }): TableRow => ({ labels: [`${label}, as printed`], values, kind: "printed" }));
  const mse = printed.filter(({ labels }) => labels[0]!.startsWith("SBS-MSE"));
  const main = renderTable({
    caption: table.caption,
    heads: ["Data set"],
    columns: withOwn.models.map((title, i) => ({ title, better: "higher", own: i < names.length })),
    rows: [
      ...rows.map(({ label, values }): TableRow => ({ labels: [label], values })),
      ...publishedAverages(withOwn, sets).map(({ set, values }): TableRow => ({ labels: [`Mean of ${set}`], values, kind: "average" })),
      ...printed.filter((row) => !mse.includes(row)).map((row) => ({ ...row, values: [...names.map(() => null), ...row.values] })),
    ],
    digits: 2,
    bestOf: "row",
  });
  const distances = renderTable({
    caption: "SBS-MSE of these models, as printed; lower is better.",
    heads: [""],
    columns: table.models.map((title) => ({ title })),
    rows: mse,
    digits: 3,
  });
  return html`${main}${mse.length > 0 ? distances : ""}`;
}

function captionsTable(table: PublishedCaptions, own: readonly OwnScore[]): Html {
  const sets = datasetsOf(table);
  const keys = table.metrics.map(plainName);
  const rowOf = ({ name, dataset, scores }: OwnScore): TableRow => {
    const byKey = new Map(Object.entries(scores).map(([metric, value]) => [plainName(metric), value]));
    return { labels: [name, dataset], values: keys.map((key) => byKey.get(key)), kind: "own" };
  };
  const mine = own
    .filter(({ dataset }) => sets.includes(dataset))
    .map(rowOf)
    .filter(({ values }) => values.some((value) => value !== undefined));
  const rows = table.rows.map(
    ({ model, dataset, values }): TableRow => ({ labels: dataset === undefined ? [model] : [model, dataset], values }),
  );
  return renderTable({
    caption: table.caption,
    heads: sets.length > 0 ? ["Model", "Data set"] : ["Model"],
    columns: table.metrics.map((title) => ({ title })),
    rows: [...rows, ...mine],
    digits: 3,
  });
}

/** "all but RSICD" is said sooner than the rest. */
function describeSet(names: readonly string[], all: readonly string[]): string {
  const others = all.filter((name) => !names.includes(name));
  return others.length > 0 && others.length < names.length / 2 ? `all but ${others.join(", ")}` : names.join(", ");
}

/** The scores whose data set is one of the published ones: as the evaluation says, or else as its name does. */
function ownScores(evaluations: readonly ScoresEvaluation[], datasets: readonly string[]): OwnScore[] {
  const known = unique(datasets).sort((a, b) => b.length - a.length);
  return evaluations.flatMap(({ title, dataset, models }) =>
    models.flatMap(({ model, scores }) => {
      const named =
        dataset !== undefined
          ? known.find((name) => plainName(name) === plainName(dataset))
          : known.find((name) => mentions(`${title} ${model}`, name));
      return named === undefined ? [] : [{ name: model, dataset: named, scores }];
    }),
  );
}

/** Whether a text names a data set. */
function mentions(text: string, dataset: string): boolean {
  const plain = plainName(dataset);
  if (plain.length >= 5 && plainName(text).includes(plain)) return true; // "AID" is part of other words
  const words = ` ${text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ")} `;
  return words.includes(` ${dataset.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " ")} `);
}

function topOne(scores: Readonly<Record<string, number>>): number | undefined {
  const found = Object.entries(scores).find(([name]) => /^(score|accuracy|acc|top)[@_-]?1$/i.test(name));
  return found && Number.isFinite(found[1]) ? found[1] : undefined;
}

function datasetsOf({ rows }: PublishedCaptions): string[] {
  return unique(rows.flatMap(({ dataset }) => dataset ?? []));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
