import { checkOptions, fail, html, htmlPage, show } from "@rsdix/internal";
import { checkFlag, checkList, checkText } from "../check-given";
import type { FitRecord } from "../fit/records";
import { loadDraw } from "./draw";
import type { Evaluation, ScoresEvaluation } from "./evaluation";
import { evaluationSection } from "./evaluation-section";
import { problemOfRecord } from "./parse-run-log";
import { publishedSection } from "./published-tables";
import { partsOf, runCards, runSections } from "./run-section";
import { STYLES } from "./styles";

/** What tells a report from other pages. */
const MARK = "rsdix report";

/** Options of `renderRunReport`. */
export interface RunReportOptions {
  /** The page's title; made of the task's name by default. */
  title?: string;
  /** The settings of the run as text, YAML as a rule. */
  settings?: string;
  /** What evaluations found. */
  evaluations?: readonly Evaluation[];
  /** Shows the results that the original published, too; true by default. */
  published?: boolean;
}

/**
 * Renders a run, or evaluations, as one HTML page that needs nothing else: figures of loss and its parts, learning rate, gradient norm, what the task logged,
 * throughput and validations; tables of validations, checkpoints and evaluations; the settings; and the published results with one's own beside them. The
 * page is for light and dark, for screens of any width, and of a few hundred kB however long the run was.
 *
 * @param records What `fit` yielded, or `parseRunLog` read; none for evaluations alone. What a resumed run did twice is shown once.
 * @param options Title, settings, evaluations.
 * @returns The page.
 * @throws MISSING_DEPENDENCY without the packages vega and vega-lite, which draw the figures; INVALID_ARGUMENT for what is no record or no evaluation;
 *   UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { parseEvaluation, renderRunReport } from "@rsdix/train";
 * const evaluation = parseEvaluation("model\tscore@1\nclip-b32\t0.960\n", "RSICD");
 * const page = await renderRunReport([], { title: "CLIP B/32", evaluations: [evaluation] });
 * console.log(page.slice(0, 15)); // <!DOCTYPE html>
 * ```
 */
export async function renderRunReport(records: readonly FitRecord[], options: RunReportOptions = {}): Promise<string> {
  checkOptions(options, ["title", "settings", "evaluations", "published"], "renderRunReport");
  const { settings, evaluations = [], published = true } = options;
  checkGiven(records, { ...options, evaluations, published });
  const parts = partsOf(records);
  const { title = parts.task === "" ? "Evaluation" : `Training of ${parts.task}` } = options;
  const run = records.length > 0 ? await runSections(parts, await loadDraw()) : "";
  const scores = evaluations.filter((evaluation): evaluation is ScoresEvaluation => evaluation.kind === "scores");
  const main = html`<header>
<p class="eyebrow">${MARK}</p>
<h1>${title}</h1>
${records.length > 0 ? runCards(parts) : ""}
</header>
${evaluations.length > 0 ? evaluationSection(evaluations) : ""}
${run}
${settings === undefined ? "" : html`<section id="settings"><h2>Settings</h2><pre>${settings}</pre></section>`}
${published ? publishedSection(scores) : ""}`;
  return htmlPage(title, STYLES, main).markup;
}

/** Throws on what can't be rendered, before anything is drawn. */
function checkGiven(records: readonly FitRecord[], { title, settings, evaluations, published }: RunReportOptions): void {
  checkList(records, "renderRunReport: records", "records of fit");
  for (const [i, record] of records.entries()) {
    const problem = problemOfRecord(record);
    if (problem !== undefined) fail("INVALID_ARGUMENT", `renderRunReport: records[${i}] ${problem}`);
  }
  if (title !== undefined) checkText(title, "renderRunReport: title");
  if (settings !== undefined) checkText(settings, "renderRunReport: settings");
  checkFlag(published, "renderRunReport: published");
  checkList(evaluations, "renderRunReport: evaluations", "evaluations, as parseEvaluation gives them");
  for (const [i, evaluation] of evaluations.entries()) {
    const { kind } = (evaluation ?? {}) as Partial<Evaluation>;
    const at = `renderRunReport: evaluations[${i}]`;
    if (kind !== "scores" && kind !== "predictions")
      fail("INVALID_ARGUMENT", `${at} must have the kind "scores" or "predictions", got ${show(evaluation)}.`);
    checkText(evaluation.title, `${at}.title`);
    if (evaluation.kind === "scores") checkList(evaluation.models, `${at}.models`, "{ model, scores }");
    else checkList(evaluation.images, `${at}.images`, "{ file, label, classes }");
  }
}

/** Whether a text is a report. */
export function isRunReport(page: string): boolean {
  return page.startsWith("<!DOCTYPE html>") && page.includes(`<p class="eyebrow">${MARK}</p>`);
}
