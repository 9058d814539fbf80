import { type Command, Option } from "commander";
import type { Mode } from "../fit/better";
import type { SearchRun } from "../search/run-search";
import { addRedisFlags, checkRedisFlags, type RedisFlags, redisPlace } from "./on-redis";
import type { CliSession } from "./session";
import { positiveNumber, wholeNumber } from "./values";

interface Flags extends RedisFlags {
  readonly gridFile: string;
  readonly defaultRootDir: string;
  readonly metric: string;
  readonly mode?: Mode;
  readonly task?: string;
  readonly parallel?: number;
  readonly on?: "redis";
  readonly resume?: boolean;
  readonly json?: boolean;
}

interface BayesFlags extends Flags {
  readonly nInitPoints: number;
  readonly nIter: number;
  readonly randomState: number;
  readonly bayesianRunsExportFile: string;
  readonly bayesianRunsImportFile?: string;
}

interface GridFlags extends Flags {
  readonly levels: number;
  readonly gridRunsExportFile: string;
  readonly gridRunsImportFile?: string;
}

/** Trials at a time of which workers elsewhere run some, unless told otherwise. */
const REMOTE = 4;

const HELP = `
The grid file is YAML. Two numbers are a range (whole numbers where both are), one value, three or more, or texts are choices:

  script: train_finetune_rsidx_clip.py # its name tells what is trained: clip or clipcap
  config_file: clip_config.yaml
  attr_keys:
    model:
      lr: {min: 1e-6, max: 1e-4, scale: log}
      weight_decay: 0.0,0.2
      use_warmup: cosine,linear

The original's grid files are read as they are: use_warmup's 0 and 1 are cosine and linear, and what sets up Lightning's loggers is left out.

With a command of its own each trial runs that, and the losses are read from log.jsonl in the trial's folder:

  command: [node, train.mjs, "{args}", "--out={folder}"]

With --on redis the trials are run by rsdix worker processes, on as many machines as there are, that see the folder, the data and the grid file's paths under
the same names. A trial whose worker dies is given to another; while Redis is gone it is waited for; stopped or killed, the search goes on with --resume.
`;

/** `search`: looks for the parameters with which validations are best. */
export function addSearch(program: Command, session: CliSession): void {
  const search = program
    .command("search")
    .description(
      "Looks for the parameters with which the validation loss is lowest, or another number best: each trial is a training run in a process of its own.",
    );

  const bayes = search
    .command("bayes")
    .description("Bayesian optimisation: a Gaussian process of the trials so far proposes the next one, by expected improvement.");
  shared(bayes)
    .option("--n-init-points <number>", "trials spread over the space before the Gaussian process is asked", positiveNumber, 5)
    .option("--n-iter <number>", "trials that the Gaussian process proposes", wholeNumber, 10)
    .option("--random-state <number>", "where all draws come from", wholeNumber, 42)
    .option("--bayesian-runs-export-file <file>", "the trials as JSON lines, in the folder", "bayesian_runs.json")
    .option("--bayesian-runs-import-file <file>", "trials of another search of these parameters, which count as trials of this one")
    .addHelpText("after", `${HELP}\nExample:\n  $ rsdix search bayes --grid-file clip_grid.yaml --n-iter 20 --out clip-search`)
    .action((flags: BayesFlags, given: Command) => {
      checkRedisFlags(flags, given);
      const { nInitPoints, nIter, randomState, bayesianRunsExportFile: exportFile, bayesianRunsImportFile: importFile } = flags;
      return start({ kind: "bayes", nInitPoints, nIter, randomState, ...common(flags, exportFile, importFile) }, session);
    });

  const grid = search.command("grid").description("Grid search: every combination of the parameters' values.");
  shared(grid)
    .option("--levels <number>", "values of each range, both ends included", positiveNumber, 5)
    .option("--grid-runs-export-file <file>", "the trials as JSON lines, in the folder", "grid_runs.json")
    .option("--grid-runs-import-file <file>", "trials of another search of these parameters, which are not run again")
    .addHelpText("after", `${HELP}\nExample:\n  $ rsdix search grid --grid-file clip_grid.yaml --levels 3 --out clip-grid`)
    .action((flags: GridFlags, given: Command) => {
      checkRedisFlags(flags, given);
      const { levels, gridRunsExportFile: exportFile, gridRunsImportFile: importFile } = flags;
      return start({ kind: "grid", levels, ...common(flags, exportFile, importFile) }, session);
    });
}

function shared(command: Command): Command {
  return addRedisFlags(command)
    .requiredOption("--grid-file <file>", "the parameters, and what they may be")
    .option("--out, --default-root-dir <folder>", "where trials go, a folder each; it is made where it is not there", "search")
    .option("--metric <name>", "the number of the validations that counts: loss, or another that they have", "loss")
    .addOption(
      new Option(
        "--mode <which>",
        "whether its lowest or its highest value is looked for (max for accuracy and the metrics of captions, min for other names)",
      ).choices(["min", "max"]),
    )
    .addOption(new Option("--task <name>", "what is trained, where the script's name does not tell").choices(["clip", "clipcap"]))
    .option(
      "--parallel <trials>",
      `trials at a time (1, and ${REMOTE} with --on redis); on one machine they share its cores`,
      positiveNumber,
    )
    .addOption(new Option("--on <engine>", "has the trials run elsewhere: by the workers of a Redis (rsdix worker)").choices(["redis"]))
    .option("--resume", "goes on after the trials that are there")
    .option("--json", "prints the trials as JSON lines, the best one last");
}

function common(flags: Flags, exportFile: string, importFile?: string) {
  const { gridFile, defaultRootDir: out, metric, task, parallel, on, mode, resume = false, json = false } = flags;
  return {
    ...{ gridFile, out, metric, parallel: parallel ?? (on ? REMOTE : 1), resume, json, exportFile },
    ...(on && { place: redisPlace(flags) }),
    ...(mode !== undefined && { mode }),
    ...(task !== undefined && { task }),
    ...(importFile !== undefined && { importFile }),
  };
}

/** What searches is loaded by who searches only. */
async function start(run: SearchRun, session: CliSession): Promise<void> {
  const { runSearch } = await import("../search/run-search");
  await runSearch(run, session);
}
