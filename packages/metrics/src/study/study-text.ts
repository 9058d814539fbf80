import { fail, show } from "@rsdix/internal";
import type { Estimate } from "./bootstrap";
import type { MetricStudy } from "./study-result";

/** Throws unless it is a study, or what its JSON was read to. */
export function checkStudy(study: MetricStudy): void {
  const { metrics, perturbations, comparisons, separations, settings } = study ?? {};
  if ([metrics, perturbations, comparisons, separations].every(Array.isArray) && settings) return;
  fail("INVALID_ARGUMENT", `study must be what metricStudy found, got ${show(study)}.`);
}

/**
 * A study as JSON: all but the scores of single captions, which `studyCaptionsTsv` has.
 *
 * @param study What `metricStudy` found.
 * @returns The text, with a line break at its end.
 * @throws RsdixError INVALID_ARGUMENT for what is no study.
 * @example
 * ```ts
 * import { metricStudy, studyJson } from "@rsdix/metrics/study";
 * const study = await metricStudy([["a green lake ."]], { metrics: ["rougeL"], perturbations: ["colour"] });
 * console.log(JSON.parse(studyJson(study)).metrics[0].metric); // rougeL
 * ```
 */
export function studyJson(study: MetricStudy): string {
  checkStudy(study);
  const { details: _, ...rest } = study;
  return `${JSON.stringify(rest, undefined, 2)}\n`;
}

const COLUMNS = [
  ...["metric", "perturbation", "meaning", "captions", "words_changed", "score", "sd", "drop", "low", "high"],
  ...[
    "compared_to",
    "difference",
    "p",
    "p_holm",
    "d_z",
    "hedges_g",
    "rank_biserial",
    "worse",
    "separation",
    "separation_p_holm",
    "separates",
  ],
];

/**
 * A study as a table: a row for each metric and perturbation, and for each metric one of its mean drop under what keeps the meaning (1 - robustness) and one
 * under what changes it (sensitivity). Columns: the changed captions' mean score and standard deviation; the drop in shares of the metric's maximum, with its
 * interval; the paired test against the metric that the others are compared with; and how far the drop exceeds that under what keeps the meaning.
 *
 * @param study What `metricStudy` found.
 * @returns Lines with tabs between the fields, the first naming them; a field is empty where there is no value.
 * @throws RsdixError INVALID_ARGUMENT for what is no study.
 * @example
 * ```ts
 * import { metricStudy, studyTsv } from "@rsdix/metrics/study";
 * const study = await metricStudy([["a green lake ."]], { metrics: ["rougeL"], perturbations: ["colour"] });
 * console.log(studyTsv(study).split("\n")[1].split("\t").slice(0, 3)); // [ "rougeL", "colour", "changed" ]
 * ```
 */
export function studyTsv(study: MetricStudy): string {
  checkStudy(study);
  const { perturbations, metrics, comparisons, separations, settings } = study;
  const rows = metrics.flatMap(({ metric, robustness, sensitivity, perturbations: scores }) => [
    ...perturbations.map(({ name, keepsMeaning, captions, wordsChanged }) => {
      const { mean, sd, drop } = scores[name]!;
      const is = (test: { metric: string; perturbation: string }) => test.metric === metric && test.perturbation === name;
      const [compared, separation] = [comparisons.find(is), separations.find(is)];
      return [
        ...[metric, name, keepsMeaning ? "kept" : "changed", captions, wordsChanged, mean, sd, drop.value, drop.low, drop.high],
        ...(compared
          ? [settings.compareTo, compared.difference, compared.paired.p, compared.holm.paired, compared.effect.dz, compared.effect.g]
          : ["", "", "", "", "", ""]),
        ...(compared ? [compared.wilcoxon.rankBiserial, compared.holds] : ["", ""]),
        ...(separation ? [separation.difference, separation.holm.paired, separation.holds] : ["", "", ""]),
      ];
    }),
    summary(metric, "kept", { value: less(robustness.value), low: less(robustness.high), high: less(robustness.low) }),
    summary(metric, "changed", sensitivity),
  ]);
  return [COLUMNS, ...rows].map(line).join("");
}

function less(value: number | null): number | null {
  return value === null ? null : 1 - value;
}

function summary(metric: string, meaning: string, { value, low, high }: Estimate) {
  return [metric, "(mean)", meaning, "", "", "", "", value, low, high, ...Array.from({ length: COLUMNS.length - 10 }, () => "")];
}

/**
 * Every score of a study: a row for each caption and perturbation that changed it, and one of the caption as it was.
 *
 * @param study What `metricStudy` found.
 * @returns Lines with tabs between the fields, the first naming them: image and caption (counted from 0), perturbation ("" for the caption as it was), the
 * words that were changed ("green > red"), the text, and a column a metric.
 * @throws RsdixError INVALID_ARGUMENT for what is no study, or for one without its details, as its JSON is.
 * @example
 * ```ts
 * import { metricStudy, studyCaptionsTsv } from "@rsdix/metrics/study";
 * const study = await metricStudy([["a green lake ."]], { metrics: ["rougeL"], perturbations: ["colour"] });
 * console.log(studyCaptionsTsv(study).split("\n").length); // 4: the heading, two rows, and the end
 * ```
 */
export function studyCaptionsTsv(study: MetricStudy): string {
  checkStudy(study);
  const { details, metrics, perturbations } = study;
  if (!details) fail("INVALID_ARGUMENT", "study must have its details, which metricStudy gives and its JSON lacks.");
  const names = metrics.map(({ metric }) => metric);
  const lines = [line(["image", "caption", "perturbation", "changes", "text", ...names])];
  details.captions.forEach((text, i) => {
    const place = [details.image[i]!, i];
    lines.push(line([...place, "", "", text, ...names.map((name) => details.unchanged[name]![i]!)]));
    for (const { name } of perturbations) {
      const { caption, changes } = details.perturbed[name]![i]!;
      if (changes.length === 0) continue;
      const said = changes.map(({ from, to }) => `${from} > ${to}`).join("; ");
      lines.push(line([...place, name, said, caption, ...names.map((metric) => details.scores[metric]![name]![i]!)]));
    }
  });
  return lines.join("");
}

/** What is null is empty; what would break a line or a field is a blank. */
function line(row: readonly (string | number | boolean | null)[]): string {
  const cell = (value: string | number | boolean | null) => (value === null ? "" : String(value).replaceAll(/[\t\r\n]+/g, " "));
  return `${row.map(cell).join("\t")}\n`;
}
