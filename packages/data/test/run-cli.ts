import { type CliRun, type CliRunOptions, runInProcess } from "../../../test/run-in-process";
import { runCli } from "../src/cli/run-cli";

/** Runs `rsdix-data` in this process. */
export const cli = (args: readonly string[], options?: CliRunOptions): Promise<CliRun> => runInProcess(runCli, args, options);
