import { type Html, html } from "@rsdix/internal";

/** A column of numbers. */
interface Column {
  readonly title: string;
  /** Decides which number is set in bold; none is where it is left out. */
  readonly better?: "higher" | "lower";
  /** Set off as the user's own. */
  readonly own?: boolean;
}

/** A row of a table; a cell without a number is a dash. */
export interface TableRow {
  readonly labels: readonly string[];
  readonly values: readonly (number | null | undefined)[];
  /** Set off from rows that hold measurements: an average, or what was printed. */
  readonly kind?: "average" | "printed" | "own";
}

/** What a table holds. */
export interface TableData {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
  readonly digits: number;
  /** In which direction the best of several is looked for; measurements only. */
  readonly bestOf?: "row" | "column";
}

/** A table that scrolls sideways where the page is narrow. */
export function renderTable(table: TableData): Html {
  const { caption, heads, columns, rows } = table;
  const best = bestCells(table);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
<table>
<caption><span>${caption}</span></caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}${columns.map(
    ({ title, own }) => html`<th scope="col" class="number${own ? " own" : ""}">${title}</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    (
      row,
      i,
    ) => html`<tr class="${row.kind ?? "measured"}">${row.labels.map((label, k) => (k === 0 ? html`<th scope="row">${label}</th>` : html`<td>${label}</td>`))}${columns.map(
      ({ own }, j) => html`<td class="number${own ? " own" : ""}">${cellOf(row.values[j], table.digits, best.has(`${i} ${j}`))}</td>`,
    )}</tr>
`,
  )}</tbody>
</table></div>`;
}

function cellOf(value: number | null | undefined, digits: number, best: boolean): Html {
  const text = isNumber(value) ? value.toFixed(digits) : "–";
  return best ? html`<strong>${text}</strong>` : html`${text}`;
}

/** "row column" of each cell that reads as the best of its row or column does. */
function bestCells({ rows, columns, digits, bestOf }: TableData): Set<string> {
  const found = new Set<string>();
  if (bestOf === undefined) return found;
  const cells = rows.flatMap((row, i) =>
    columns.flatMap(({ better }, j) => {
      const value = row.values[j];
      const counts = isNumber(value) && better !== undefined && (row.kind === undefined || row.kind === "own");
      return counts ? [{ i, j, line: bestOf === "row" ? i : j, size: better === "higher" ? value : -value }] : [];
    }),
  );
  const groups = new Map<number, typeof cells>();
  for (const cell of cells) groups.set(cell.line, [...(groups.get(cell.line) ?? []), cell]);
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const most = group.reduce((so, { size }) => Math.max(so, size), Number.NEGATIVE_INFINITY).toFixed(digits);
    for (const { i, j, size } of group) if (size.toFixed(digits) === most) found.add(`${i} ${j}`);
  }
  return found;
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
