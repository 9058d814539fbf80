import { type Html, html } from "@rsdix/internal";

/** A column of scores, higher being better. */
export interface ScoreColumn {
  /** Heading over this and its neighbours of the same group. */
  group: string;
  /** Its own heading. */
  label: string;
  /** How a score is written. */
  format(score: number | undefined): string;
}

/** A row of scores. */
export interface ScoreRow {
  /** What was scored. */
  label: string;
  /** A few words under the label. */
  note?: string;
  /** A baseline is set off from what was trained. */
  baseline?: boolean;
  /** One score a column; undefined where there is none. */
  scores: readonly (number | undefined)[];
}

/**
 * A table of scores with the best of each column in bold; what reads the same as the best is as good.
 *
 * @param caption what the table holds
 * @param columns its columns
 * @param rows its rows
 * @returns the table, which scrolls sideways where the page is narrow
 */
export function scoreTable(caption: string, columns: readonly ScoreColumn[], rows: readonly ScoreRow[]): Html {
  const best = columns.map(({ format }, column) => {
    const scores = rows.map((row) => row.scores[column]).filter((score) => score !== undefined && Number.isFinite(score));
    return scores.length > 0 ? format(Math.max(...(scores as number[]))) : undefined;
  });
  const groups = columns.filter(({ group }, index) => group !== columns[index - 1]?.group).map(({ group }) => group);
  const starts = columns.map(({ group }, index) => group !== columns[index - 1]?.group);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
<table class="scores">
<caption><span>${caption}</span></caption>
<thead>
<tr><td></td>${groups.map((name) => html`<th scope="colgroup" colspan="${columns.filter(({ group }) => group === name).length}">${name}</th>`)}</tr>
<tr><td></td>${columns.map(({ label }, index) => html`<th scope="col" class="${cell(starts[index]!)}">${label}</th>`)}</tr>
</thead>
<tbody>${rows.map(
    (
      row,
    ) => html`<tr class="${row.baseline ? "baseline" : "trained"}"><th scope="row">${row.label}${row.note ? html`<small>${row.note}</small>` : ""}</th>${columns.map(
      ({ format }, index) => {
        const text = format(row.scores[index]);
        return html`<td class="${cell(starts[index]!)}">${text === best[index] ? html`<strong>${text}</strong>` : text}</td>`;
      },
    )}</tr>
`,
  )}</tbody>
</table></div>`;
}

function cell(first: boolean): string {
  return first ? "number first" : "number";
}
