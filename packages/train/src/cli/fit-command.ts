import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import type { RsdixError, RsdixErrorCode } from "@rsdix/internal";
import type { Command } from "commander";
import { draftConfig, mergeConfigs, printConfig, type RawConfig, resolveConfig } from "../config/load-config";
import { readConfig } from "../config/read-config";
import { type FitConfigs, type FitKind, fitJsonSchema } from "../config/schemas";
import { jsonLinesLogger } from "../loggers/json-lines-logger";
import { type Logger, logTo } from "../loggers/logger";
import { progressOn } from "../loggers/progress-on";
import { tensorBoardLogger } from "../loggers/tensorboard-logger";
import { tsvLogger } from "../loggers/tsv-logger";
import { checkFree } from "../output-folder";
import { beginRun } from "../recipes/begin-run";
import { bestInWords } from "../recipes/recipe";
import { configOfRun } from "../recipes/resumed-run";
import { openRecipe, runFit } from "../recipes/run-fit";
import { findRun, inRun, rememberLast } from "../recipes/run-folder";
import { lockRun } from "../recipes/run-lock";
import { addConfigFlags, configOfFlags } from "./config-flags";
import type { CliSession } from "./session";
import { downloads } from "./shared-options";

interface Flags extends Readonly<Record<string, unknown>> {
  readonly config?: readonly string[];
  readonly printConfig?: boolean;
  readonly printSchema?: boolean;
  readonly resume?: string;
  readonly json?: boolean;
}

/** Where nobody looks on, progress is a line now and then. */
const SECONDS_A_LINE = 10;

const WHAT = {
  clip: "Fine-tunes CLIP or SigLIP: the contrastive loss, with self-distillation or a Sentence-BERT as a teacher.",
  clipcap: "Trains a captioner: an image encoder, a mapper, GPT-2.",
} as const;

/** `fit clip` and `fit clipcap`. */
export function addFit(program: Command, session: CliSession): void {
  const fit = program.command("fit").description("Trains a model as a configuration file and flags say, into a run's folder.");
  for (const kind of ["clip", "clipcap"] as const) {
    const command = fit
      .command(kind)
      .description(`${WHAT[kind]} Fields may be written as the original writes them or in camel case.`)
      .option("--config <file>", "a configuration (YAML); of several, later ones win", (file: string, before: string[] = []) => [
        ...before,
        file,
      ])
      .option("--print-config", "prints the whole configuration, with null for what is still to be given, and does nothing else")
      .option("--print-schema", "prints the configuration's JSON Schema, for editors, and does nothing else")
      .option("--resume <run>", 'goes on with a run: its folder, or "last"')
      .option("--json", "prints every record as a line of JSON")
      .addHelpText("after", `\nExample:\n  $ rsdix fit ${kind} --config ${kind}.yaml --data.batch_size 64 --trainer.max_epochs 5`);
    addConfigFlags(command, kind);
    command.action((flags: Flags) => run(kind, flags, session));
  }
}

async function run(kind: FitKind, flags: Flags, session: CliSession): Promise<void> {
  if (flags.printSchema) return session.print(JSON.stringify(fitJsonSchema(kind), null, 2));
  const files = await Promise.all((flags.config ?? []).map((file) => readConfig(file, session.signal)));
  const given = mergeConfigs([...files, configOfFlags(flags)]);
  const root = rootOf(given);
  const before = flags.resume === undefined ? undefined : await findRun(flags.resume, root, "--trainer.default_root_dir");
  const earlier = before === undefined ? undefined : await configOfRun(kind, before);
  const raw = mergeConfigs([earlier ?? {}, given]);
  if (flags.printConfig) return printDraft(kind, raw, session);
  const config = resolveConfig(kind, raw);
  if (before === undefined) await checkFree(config.trainer.default_root_dir, [], false); // before anything is loaded
  const unlock: (() => Promise<void>)[] = [];
  if (before !== undefined) unlock.push(await lockRun(before)); // before anything is loaded
  try {
    await train(kind, { config, flags, session, roots: [root, config.trainer.default_root_dir] }, async () => {
      if (before !== undefined) return { folder: before, resume: true };
      const begun = await beginRun(config.trainer.default_root_dir, kind, config);
      unlock.push(begun.unlock);
      return { folder: begun.folder, resume: false, forget: begun.forget };
    });
  } finally {
    for (const give of unlock) await give();
  }
}

function printDraft(kind: FitKind, raw: RawConfig, session: CliSession): void {
  const { config, missing } = draftConfig(kind, raw);
  session.print(printConfig(config).trimEnd());
  if (missing.length > 0) session.note(`Still to be given: ${missing.join(", ")}.`);
}

/** What a run ends with before it has begun. */
const REFUSALS: readonly RsdixErrorCode[] = ["INVALID_ARGUMENT", "UNKNOWN_OPTION", "MISSING_DEPENDENCY", "FILE_NOT_FOUND", "WRITE_FAILED"];

interface Asked<K extends FitKind> {
  config: FitConfigs[K];
  flags: Flags;
  session: CliSession;
  /** Folders of runs that the command knows. */
  roots: readonly string[];
}

/** Trains into the folder that `begin` gives once data and models have been opened. */
async function train<K extends FitKind>(
  kind: K,
  { config, flags, session, roots }: Asked<K>,
  begin: () => Promise<{ folder: string; resume: boolean; forget?: () => Promise<void> }>,
): Promise<void> {
  const backend = await startBackend(config.trainer.accelerator);
  session.note(`Backend: ${backend.name}${backend.adapter ? ` (${backend.adapter})` : ""}`);
  const { signal } = session;
  const recipe = await openRecipe(kind, config, { ...downloads(session), onSkip: (message) => session.note(`left out: ${message}`) });
  try {
    const { folder, resume, forget } = await begin();
    session.note(`Run: ${folder}\n${recipe.summary}`);
    const best = bestInWords(config.trainer);
    if (best && (recipe.options.keepBest ?? recipe.options.earlyStopping)) session.note(best);
    const records = runFit(kind, config, recipe, { folder, resume, signal });
    let isBegun = false;
    try {
      for await (const record of logTo(records, loggersOf(folder, config, session))) {
        if (resume && !isBegun) await makeLast(folder, roots, session); // only now: one that is refused isn't the last
        isBegun = true;
        if (flags.json) session.print(JSON.stringify(record));
      }
    } catch (error) {
      // What is refused before the first record has trained nothing: no run is left that "last" would mean.
      if (!isBegun && REFUSALS.includes((error as RsdixError).code)) await forget?.().catch(() => undefined); // what is told is the refusal
      throw error;
    }
    if (!flags.json) session.print(`The model is in ${inRun(folder, "model")}.`);
  } finally {
    await recipe.close();
  }
}

/** A run goes on without being the last one where the folder of runs takes no file, such as another user's. */
async function makeLast(run: string, roots: readonly string[], session: CliSession): Promise<void> {
  await rememberLast(run, roots).catch((error: Error) => session.note(`${run} is not what "last" means from now on: ${error.message}`));
}

function loggersOf(folder: string, { trainer }: FitConfigs[FitKind], session: CliSession): Logger[] {
  return [
    jsonLinesLogger(inRun(folder, "log")),
    progressOn(session, SECONDS_A_LINE),
    ...(trainer.logger.includes("tsv") ? [tsvLogger(join(folder, "metrics.tsv"), { validations: join(folder, "validations.tsv") })] : []),
    ...(trainer.logger.includes("tensorboard") ? [tensorBoardLogger(join(folder, "tensorboard"))] : []),
  ];
}

function rootOf({ trainer }: RawConfig): string {
  const root = (trainer as Record<string, unknown> | undefined)?.default_root_dir;
  return typeof root === "string" ? root : "runs";
}
