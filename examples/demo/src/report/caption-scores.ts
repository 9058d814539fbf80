import { type Html, html } from "@rsdix/internal";
import type { CaptionScores } from "../summary";
import { glued, percent, score, times } from "./format";
import type { ReportData } from "./report-data";
import { type ScoreColumn, scoreTable } from "./score-table";

const ORDERS = [1, 2, 3, 4] as const;
const COLUMNS: readonly (ScoreColumn & { of(scores: CaptionScores): number })[] = [
  ...ORDERS.map((n) => ({
    group: "BLEU, mean over images",
    label: `BLEU-${n}`,
    format: score,
    of: (scores: CaptionScores) => scores[`bleu${n}`],
  })),
  ...ORDERS.map((n) => ({
    group: "BLEU, whole corpus",
    label: `BLEU-${n}`,
    format: score,
    of: (scores: CaptionScores) => scores.corpus[`bleu${n}`],
  })),
  { group: "Other", label: "ROUGE-L", format: score, of: ({ rougeL }) => rougeL },
  { group: "Other", label: "names class", format: percent, of: ({ namesClass }) => namesClass },
];

/**
 * Scores of the captions beside those of captions that never look at the patch.
 *
 * @param data the summary
 * @returns the section
 */
export function captionScoresSection({ summary, settings }: ReportData): Html {
  const { captioner, captionerGreedy, bestFixedCaption, mostFrequentCaption } = summary;
  const row = (label: string, note: string, scores: CaptionScores, baseline = false) => ({
    label,
    note,
    baseline,
    scores: COLUMNS.map(({ of }) => of(scores)),
  });
  return html`<section id="captions">
<h2>How well it captions</h2>
${scoreTable(`Captions of ${summary.testPatches} test patches against their references; best of each column in bold`, COLUMNS, [
  row("Captioner", `beam search, ${settings.captioner.beams} beams`, captioner),
  row("Captioner, greedy", "the likeliest token each time", captionerGreedy),
  row("Best fixed caption", "the same for every patch", bestFixedCaption, true),
  row("Most frequent caption", "the same for every patch", mostFrequentCaption, true),
])}
<p>The captioner's BLEU-4 is ${times(captioner.bleu4, bestFixedCaption.bleu4)} that of the best fixed caption. Of all captions in the data set that is the
one that scores best when every patch gets it, picked with the test references in hand. BLEU rewards turns of phrase, so read it beside the share of
captions that name the right class: ${percent(captioner.namesClass)} with beams, ${percent(bestFixedCaption.namesClass)} for the fixed caption.</p>
<dl class="quotes">
<dt>Best fixed caption</dt><dd><q>${glued(bestFixedCaption.caption)}</q></dd>
<dt>Most frequent caption</dt><dd><q>${glued(mostFrequentCaption.caption)}</q></dd>
</dl>
</section>`;
}
