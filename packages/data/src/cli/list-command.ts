import type { Command } from "commander";
import type { DatasetDeclaration } from "../declarations/declaration";
import { KNOWN_SETS } from "./known-sets";
import type { CliSession } from "./session";
import { example } from "./values";

/** `list`: the sets that are known. */
export function addList(program: Command, session: CliSession): void {
  program
    .command("list")
    .description("Names the data sets that are known.")
    .option("--json", "as JSON, with licences and where to get them")
    .addHelpText("after", example("list"))
    .action(({ json }: { json?: boolean }) => session.print(json ? JSON.stringify(KNOWN_SETS, undefined, 2) : table(KNOWN_SETS)));
}

function table(sets: readonly DatasetDeclaration[]): string {
  const rows = sets.map(({ id, title, task, counts }) => [
    id,
    task,
    counts.images.toLocaleString("en"),
    (task === "captions" ? counts.captions : counts.classes)?.toLocaleString("en") ?? "",
    title,
  ]);
  const all = [["set", "for", "images", "captions/classes", "title"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const numbers = [2, 3];
  return all
    .map((row) =>
      row
        .map((text, i) => (numbers.includes(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
