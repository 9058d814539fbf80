import { type Html, html } from "@rsdix/internal";
import type { StepRecord } from "@rsdix/train";
import type { ReportData } from "./report-data";
import { COLOURS, drawSvg } from "./vega-svg";

/** One line of a figure. */
interface Line {
  name: string;
  colour: string;
  dash: readonly number[];
  points: readonly { step: number; value: number }[];
}

/** One figure. */
interface Panel {
  title: string;
  about: string;
  axis: string;
  format?: string;
  lines: readonly Line[];
}

/** Steps on either side that the smooth line averages over. */
const REACH = 7;
const REACH_AT_ENDS = 2;
const SOLID: readonly number[] = [];
const DASHED: readonly number[] = [6, 3];
const DOTTED: readonly number[] = [2, 2];

/**
 * The curves of all training runs.
 *
 * @param curves the steps of each run; none where a run was resumed at its end
 * @returns the figures
 */
export async function curvesSection({ curves }: ReportData): Promise<Html> {
  const figures = await Promise.all(panels(curves).map(drawPanel));
  return html`<section id="training">
<h2>How training went</h2>
<p>Faint: each step as it was. Strong: the mean of up to ${2 * REACH + 1} steps around it. All of it is measured on training batches;
the scores above come from test patches.</p>
<div class="panels">${figures}</div>
</section>`;
}

function panels({ pretrain, infonce, distilled, captioner }: ReportData["curves"]): Panel[] {
  const loss = (record: StepRecord) => record.loss.total;
  const part = (name: string) => (record: StepRecord) => record.loss[name];
  const log = (name: string) => (record: StepRecord) => record.logs[name];
  const both = (pick: (record: StepRecord) => number | undefined, ofInfonce = pick): Line[] => [
    line("distilled", COLOURS.first, SOLID, distilled, pick),
    line("InfoNCE only", COLOURS.second, DASHED, infonce, ofInfonce),
  ];
  return [
    {
      title: "Pre-training",
      about: "From scratch, on part of the training regions.",
      axis: "InfoNCE loss",
      lines: [line("pre-training", COLOURS.third, SOLID, pretrain, loss)],
    },
    {
      title: "Both fine-tunings",
      about: "The same quantity for both: of the distilled run, the InfoNCE part alone.",
      axis: "InfoNCE loss",
      lines: both(part("contrastive"), loss),
    },
    {
      title: "The distilled run's loss",
      about: "What is minimised is a weighted mean of its two parts.",
      axis: "loss",
      lines: [
        line("minimised", COLOURS.first, SOLID, distilled, loss),
        line("InfoNCE part", COLOURS.second, DASHED, distilled, part("contrastive")),
        line("distillation part", COLOURS.third, DOTTED, distilled, part("distillation")),
      ],
    },
    {
      title: "Accuracy in the batch",
      about: "How often the right caption of the batch is nearest to its patch.",
      axis: "accuracy",
      format: "%",
      lines: both(log("accuracy")),
    },
    {
      title: "Scale of the logits",
      about: "What cosines are multiplied by before the softmax; learned.",
      axis: "scale",
      lines: both(log("scale")),
    },
    {
      title: "Captioner",
      about: "The decoder and its mapper; the image tower is frozen.",
      axis: "cross-entropy a token",
      lines: [line("captioner", COLOURS.third, SOLID, captioner, loss)],
    },
  ];
}

function line(
  name: string,
  colour: string,
  dash: readonly number[],
  records: readonly StepRecord[],
  pick: (record: StepRecord) => number | undefined,
): Line {
  const points = records.map((record) => ({ step: record.step, value: pick(record) ?? Number.NaN }));
  return { name, colour, dash, points: points.filter(({ value }) => Number.isFinite(value)) };
}

async function drawPanel({ title, about, axis, format, lines }: Panel): Promise<Html> {
  const drawn = lines.filter(({ points }) => points.length > 0);
  const picture =
    drawn.length === 0
      ? html`<p class="none">No step was recorded: the run had ended before this one was resumed.</p>`
      : await drawSvg(
          {
            width: 290,
            height: 170,
            layer: drawn.flatMap(({ points, colour, dash }) => [
              layer(points, { color: colour, opacity: 0.3, strokeWidth: 1 }, axis, format),
              layer(smooth(points), { color: colour, strokeWidth: 2, strokeDash: [...dash], point: points.length < 3 }, axis, format),
            ]),
          },
          `${title}: ${drawn.map(summarise).join("; ")}`,
        );
  return html`<figure class="panel">
<figcaption><strong>${title}</strong> ${about}${drawn.length > 1 ? html`<span class="keys">${drawn.map(key)}</span>` : ""}</figcaption>
${picture}
</figure>`;
}

function layer(values: Line["points"], mark: object, axis: string, format: string | undefined) {
  return {
    data: { values: [...values] },
    mark: { type: "line" as const, ...mark },
    encoding: {
      x: { field: "step", type: "quantitative" as const, title: "step", axis: { grid: false, tickCount: 5 }, scale: { nice: false } },
      y: {
        field: "value",
        type: "quantitative" as const,
        title: axis,
        axis: { tickCount: 5, domain: false, ticks: false, ...(format === undefined ? {} : { format }) },
        scale: { zero: false },
      },
    },
  };
}

/** The mean around each step, of equally many before and after it, so that the line neither lags nor leads; at the ends, of what there is. */
function smooth(points: Line["points"]): Line["points"] {
  return points.map(({ step }, index) => {
    const reach = Math.max(REACH_AT_ENDS, Math.min(REACH, index, points.length - 1 - index));
    const around = points.slice(Math.max(0, index - reach), index + reach + 1);
    return { step, value: around.reduce((sum, { value }) => sum + value, 0) / around.length };
  });
}

function summarise({ name, points }: Line): string {
  const smoothed = smooth(points);
  return `${name} from ${points[0]!.value.toPrecision(3)} at step ${points[0]!.step} to ${smoothed.at(-1)!.value.toPrecision(3)} at step ${smoothed.at(-1)!.step}`;
}

function key({ name, colour, dash }: Line): Html {
  return html`<span class="key"><svg width="26" height="8" aria-hidden="true"><line x1="0" y1="4" x2="26" y2="4" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(" ")}"/></svg> ${name}</span>`;
}
