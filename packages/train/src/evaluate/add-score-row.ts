import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";

/** Adds a model's row to a table of scores; a row that it has of that model is replaced. The table's names are written with its first row. */
export async function addScoreRow(path: string, { names, row }: { names: readonly string[]; row: readonly string[] }): Promise<void> {
  const clean = (cells: readonly string[]) => cells.map((cell) => cell.replaceAll(/[\t\r\n]+/g, " ")).join("\t");
  const before = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    return fail("FILE_NOT_FOUND", `${path} cannot be read: ${error.message}`, error);
  });
  const [first, ...rows] = before.split(/\r?\n/).filter(Boolean);
  if (first !== undefined && first !== clean(names)) {
    fail(
      "FILE_CORRUPT",
      `${path} has other columns (${first.replaceAll("\t", ", ")}) than these scores (${names.join(", ")}): name another file.`,
    );
  }
  const model = clean(row).split("\t")[0];
  const kept = rows.filter((line) => line.split("\t")[0] !== model);
  await mkdir(dirname(path), { recursive: true }).catch((error) =>
    fail("WRITE_FAILED", `Cannot make ${dirname(path)}: ${String(error)}`, error),
  );
  await writeFileAtomic(path, [clean(names), ...kept, clean(row)].map((line) => `${line}\n`).join(""));
}
