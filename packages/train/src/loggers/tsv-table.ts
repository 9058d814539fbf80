import { fail } from "@rsdix/internal";
import { appendLog, readLog, replaceLog } from "./log-file";

/** A row: a cell for each column that it has. */
type Row = ReadonlyMap<string, string>;

/** A table of tab-separated values whose first column is the step. */
export class TsvTable {
  private columns: string[] = [];

  constructor(private readonly path: string) {
    this.rewrite(this.rows());
  }

  /** Drops the rows after a step; at step 0 all of them, with their columns. */
  resume(step: number): void {
    const kept = step > 0 ? this.rows().filter((row) => Number(row.get("step")) <= step) : [];
    if (kept.length === 0) this.columns = [];
    this.rewrite(kept);
  }

  /** Adds a row. A column that the table has not is added at its right, empty in earlier rows. */
  add(row: Row): void {
    const fresh = [...row.keys()].filter((name) => !this.columns.includes(name));
    if (fresh.length > 0) {
      const rows = this.columns.length > 0 ? this.rows() : [];
      this.columns.push(...fresh);
      this.rewrite(rows);
    }
    appendLog(this.path, this.line(row));
  }

  private line(row: Row): string {
    return `${this.columns.map((name) => row.get(name) ?? "").join("\t")}\n`;
  }

  /** What the file holds; a last line without its end is what a killed run left. */
  private rows(): Row[] {
    const lines = readLog(this.path).split("\n").slice(0, -1);
    const [header, ...rest] = lines;
    this.columns = header ? header.split("\t") : [];
    if (header && this.columns[0] !== "step") {
      fail("FILE_CORRUPT", `${this.path} is not a table of steps: its first column is not "step". Move the file away to start a new one.`);
    }
    return rest.map((line, i) => {
      const cells = line.split("\t");
      if (cells.length === this.columns.length) return new Map(this.columns.map((name, column) => [name, cells[column]!]));
      return fail(
        "FILE_CORRUPT",
        `${this.path}: line ${i + 2} has ${cells.length} cells, not ${this.columns.length}. Move the file away to start a new one.`,
      );
    });
  }

  private rewrite(rows: readonly Row[]): void {
    const header = this.columns.length > 0 ? `${this.columns.join("\t")}\n` : "";
    replaceLog(this.path, header + rows.map((row) => this.line(row)).join(""));
  }
}
