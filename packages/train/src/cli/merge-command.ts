import { join, resolve } from "node:path";
import { mergeShards } from "@rsdix/scale";
import type { Command } from "commander";
import { checkList, writeList } from "./merge-list";
import { progressLine } from "./progress-line";
import type { CliSession } from "./session";

interface Flags {
  readonly outPath?: string;
  readonly json?: boolean;
}

/** `merge`: joins what was done in shards. */
export function addMerge(program: Command, session: CliSession): void {
  program
    .command("merge")
    .description(
      "Checks that all shards of a run are there, and joins them into one Parquet file, in the order of the run; what could not be used goes to a file beside it.",
    )
    .argument("<folder>", "the run's: the --out-path of what was done in shards or parts")
    .option("--out-path <file>", "the Parquet file, its folder made where it is not there (all.parquet in the run's folder)")
    .option("--json", "says what was joined as JSON")
    .addHelpText("after", "\nExample:\n  $ rsdix merge embeddings --out-path embeddings.parquet")
    .action((folder: string, flags: Flags) => merge(folder, flags, session));
}

async function merge(folder: string, { outPath: out = join(folder, "all.parquet"), json }: Flags, session: CliSession): Promise<void> {
  const onProgress = progressLine(session, "shards joined");
  const badPath = out.replace(/(\.parquet)?$/, ".bad.jsonl");
  const listThere = await checkList(folder, badPath);
  const { rows, shards, bad } = await mergeShards(folder, out, { onProgress, signal: session.signal });
  await writeList(badPath, bad, listThere);
  const left = bad.length > 0 ? `, ${bad.length.toLocaleString("en")} could not be used: ${badPath}` : "";
  session.print(
    json
      ? JSON.stringify({ shards, rows, bad: bad.length, out: resolve(out), ...(bad.length > 0 && { badItems: resolve(badPath) }) })
      : `${rows.toLocaleString("en")} images of ${shards.toLocaleString("en")} shards: ${out}${left}`,
  );
}
