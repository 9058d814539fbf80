import { type Html, html } from "@rsdix/internal";
import { duration, gibibytes, percent, score, times, whole } from "./format";
import type { ReportData } from "./report-data";
import { COLOURS } from "./vega-svg";

/** A number on the scale of a card, for comparison. */
interface Mark {
  label: string;
  share: number;
}

/**
 * What was trained on what, and the numbers to remember.
 *
 * @param data summary, settings and splits
 * @returns the header
 */
export function header({ summary, settings, splits }: ReportData): Html {
  const { clip, captioner, bestFixedCaption, baselines, chanceTop1, classes } = summary;
  const { size } = settings.clip.image;
  const trained = splits.reduce((total, { train }) => total + train, 0);
  return html`<header>
<p class="eyebrow">rsdix demo · seed ${settings.seed}</p>
<h1>A small CLIP and a captioner, trained on satellite pictures of the Earth</h1>
<p class="lead">A CLIP model learned to match ${whole(trained)} patches of the Earth, ${size} × ${size} pixels each and of ${classes.length} classes, with sentences about
them. It was pre-trained for ${settings.pretrain.steps} steps on part of the training regions, then fine-tuned for ${settings.finetune.steps} steps on all training regions with
Sinkhorn self-distillation: a running average of the model says how well every sentence fits every patch, not only the pairs. A small GPT-2 then learned to caption what the
model's frozen image tower sees. Everything below is measured on ${whole(summary.testPatches)} patches from regions that no training saw.</p>
<div class="cards">
${card(
  "Right class, first guess",
  percent(clip.top1),
  [
    `${times(clip.top1, chanceTop1)} chance (${percent(chanceTop1)})`,
    `${compare(clip.top1, baselines.colourNearestNeighbour)} the colour baseline (${percent(baselines.colourNearestNeighbour)})`,
  ],
  scale(clip.top1, [
    { label: "chance", share: chanceTop1 },
    { label: "colour", share: baselines.colourNearestNeighbour },
  ]),
)}
${card(
  "Captions, BLEU-4",
  score(captioner.bleu4),
  [
    `${times(captioner.bleu4, bestFixedCaption.bleu4)} the best fixed caption (${score(bestFixedCaption.bleu4)})`,
    `${percent(captioner.namesClass)} name the right class`,
  ],
  scale(captioner.bleu4, [{ label: "fixed caption", share: bestFixedCaption.bleu4 }]),
)}
${card("Time, all of it", duration(summary.seconds), ["data, four trainings, scores, report; of a resumed run, what came after"])}
${card("Peak memory", gibibytes(summary.peakMemoryBytes), ["resident, all workers together"])}
${card("Backend", summary.backend, [`TensorFlow.js, ${summary.threads} ${summary.threads === 1 ? "thread" : "threads"} each`])}
</div>
</header>`;
}

function card(title: string, value: string, notes: readonly string[], drawing: Html = html``): Html {
  return html`<div class="number-card"><h2>${title}</h2><p class="big">${value}</p>${drawing}${notes.map((note) => html`<p>${note}</p>`)}</div>`;
}

/** A bar from 0 to 1 with what it is to be compared with. */
function scale(share: number, marks: readonly Mark[]): Html {
  const x = (value: number) => (Math.min(1, Math.max(0, value || 0)) * 200).toFixed(1);
  return html`<svg class="scale" viewBox="0 0 200 22" aria-hidden="true"><rect y="3" width="200" height="6" rx="3" fill="${COLOURS.line}"/>
<rect y="3" width="${x(share)}" height="6" rx="3" fill="${COLOURS.first}"/>${marks.map(
    (mark) =>
      html`<path d="M${x(mark.share)} 0v12" stroke="${COLOURS.ink}" stroke-width="1.5"/><text x="${x(mark.share)}" y="21" text-anchor="${
        mark.share > 0.8 ? "end" : mark.share < 0.15 ? "start" : "middle"
      }">${mark.label}</text>`,
  )}</svg>`;
}

function compare(value: number, base: number): string {
  const points = Math.abs(value - base) * 100;
  return points < 0.05 ? "level with" : `${points.toFixed(1)} points ${value > base ? "above" : "below"}`;
}
