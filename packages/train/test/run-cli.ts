import { runCli } from "../src/cli/run-cli";

/** What a run of the command wrote, and what it ended with. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What was written but for the lines of progress, of which there is one every ten seconds: none on a fast machine. */
export function withoutProgress(err: string): string {
  return err.replaceAll(/^[\d,]+ of [\d,]+ (shards(, .*| joined)?|images (embedded|captioned)|embeddings indexed|steps)\n/gm, "");
}

/** Runs `rsdix` in this process; `err` is without progress, as {@link withoutProgress} has it. */
export async function cli(
  args: readonly string[],
  {
    signal = new AbortController().signal,
    isTTY = false,
    onErr,
    onOut,
  }: { signal?: AbortSignal; isTTY?: boolean; onErr?: (text: string) => void; onOut?: (text: string) => void } = {},
): Promise<CliRun> {
  let [out, err] = ["", ""];
  const stdout = {
    write: (text: string) => {
      out += text;
      onOut?.(text);
    },
  };
  const stderr = {
    isTTY,
    write: (text: string) => {
      err += text;
      onErr?.(text);
    },
  };
  const code = await runCli(args, { stdout, stderr, signal }, "1.2.3");
  return { code, out, err: withoutProgress(err) };
}
