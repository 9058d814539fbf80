import type { CliIo } from "@rsdix/internal";

/** What a run of a command wrote, and what it ended with. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliRunOptions {
  readonly signal?: AbortSignal;
  /** Whether a person is looking on. */
  readonly isTTY?: boolean;
  readonly onErr?: (text: string) => void;
  readonly onOut?: (text: string) => void;
}

/** Runs a command in this process. */
export async function runInProcess(
  runCli: (args: readonly string[], io: CliIo, version: string) => Promise<number>,
  args: readonly string[],
  { signal = new AbortController().signal, isTTY = false, onErr, onOut }: CliRunOptions = {},
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
  return { code, out, err };
}
