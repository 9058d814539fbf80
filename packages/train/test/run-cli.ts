import { type CliRun, type CliRunOptions, runInProcess } from "../../../test/run-in-process";
import { runCli } from "../src/cli/run-cli";

/** What was written but for the lines of progress, of which there is one every ten seconds: none on a fast machine. */
export function withoutProgress(err: string): string {
  return err.replaceAll(/^[\d,]+ of [\d,]+ (shards(, .*| joined)?|images (embedded|captioned)|embeddings indexed|steps)\n/gm, "");
}

/** Runs `rsdix` in this process; `err` is without progress, as {@link withoutProgress} has it. */
export async function cli(args: readonly string[], options?: CliRunOptions): Promise<CliRun> {
  const run = await runInProcess(runCli, args, options);
  return { ...run, err: withoutProgress(run.err) };
}
