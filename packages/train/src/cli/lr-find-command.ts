import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import type { Command } from "commander";
import { mergeConfigs, resolveConfig } from "../config/load-config";
import { readConfig } from "../config/read-config";
import type { FitKind } from "../config/schemas";
import { type FindLearningRateOptions, findLearningRate, LEAST_STEPS, type LearningRatePoint } from "../optim/find-learning-rate";
import { checkFree, makeFolder, refuseInputs } from "../output-folder";
import { openRecipe } from "../recipes/run-fit";
import { loadVega } from "../report/draw";
import { renderLearningRateFigure } from "../report/learning-rate-figure";
import { addConfigFlags, configOfFlags } from "./config-flags";
import { progressLine } from "./progress-line";
import type { CliSession } from "./session";
import { downloads } from "./shared-options";
import { decimal, positiveNumber } from "./values";

interface Flags extends Readonly<Record<string, unknown>> {
  readonly config?: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly steps: number;
  readonly out: string;
  readonly figure: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The field that takes the rate. */
const FIELD = { clip: "model.lr", clipcap: "model.clipcap_lr" } as const;
const TABLE = "learning-rates.tsv";
const FIGURE = "learning-rates.svg";

/** `lr-find clip` and `lr-find clipcap`: with the configuration and flags of `fit`. */
export function addLearningRateFind(program: Command, session: CliSession): void {
  const find = program
    .command("lr-find")
    .description("Looks for a learning rate: trains some steps with one that rises, and suggests the one where the loss falls fastest.");
  for (const kind of ["clip", "clipcap"] as const) {
    const command = find
      .command(kind)
      .description(
        `As "rsdix fit ${kind}" would train, by the same configuration and flags; no model is kept. A rate of an encoder's own keeps its relation to the one that is looked for. Writes ${TABLE} and ${FIGURE}.`,
      )
      .option("--config <file>", "a configuration (YAML); of several, later ones win", (file: string, before: string[] = []) => [
        ...before,
        file,
      ])
      .option("--min <rate>", "the first rate", decimal, 1e-7)
      .option("--max <rate>", "the last rate", decimal, 1)
      .option(
        "--steps <number>",
        `steps from the first to the last, evenly spaced in their logarithm; at least ${LEAST_STEPS}`,
        positiveNumber,
        100,
      )
      .option("--out <folder>", "where table and figure go; it is made where it is not there", "lr-find")
      .option("--no-figure", "draws no figure, which needs the packages vega and vega-lite")
      .option("--force", "replaces files that are there")
      .option("--json", "says what was found as JSON")
      .addHelpText("after", `\nExample:\n  $ rsdix lr-find ${kind} --config ${kind}.yaml --min 1e-6 --max 1e-2`);
    addConfigFlags(command, kind);
    command.action((flags: Flags) => run(kind, flags, session));
  }
}

async function run(kind: FitKind, flags: Flags, session: CliSession): Promise<void> {
  const { min, max, steps, out, figure, force = false } = flags;
  if (!(min > 0 && max > min)) fail("INVALID_ARGUMENT", `--min must be above 0 and --max above it, got ${min} and ${max}.`);
  if (steps < LEAST_STEPS)
    fail(
      "INVALID_ARGUMENT",
      `--steps must be at least ${LEAST_STEPS}, as the first and last points of a curve are no suggestion, got ${steps}.`,
    );
  const files = await Promise.all((flags.config ?? []).map((file) => readConfig(file, session.signal)));
  const config = resolveConfig(kind, mergeConfigs([...files, configOfFlags(flags)]), `lr-find ${kind}`);
  const names = [TABLE, ...(figure ? [FIGURE] : [])];
  await checkFree(out, names, force);
  refuseInputs(
    names.map((name) => join(out, name)),
    { files: [...(flags.config ?? []), ...config.data.annotations_files] },
  );
  // Before anything is computed: said with how to do without.
  if (figure)
    await loadVega().catch((error: Error) => fail("MISSING_DEPENDENCY", `${error.message} Or leave it out with --no-figure.`, error));
  const backend = await startBackend(config.trainer.accelerator);
  session.note(`Backend: ${backend.name}${backend.adapter ? ` (${backend.adapter})` : ""}`);
  const recipe = await openRecipe(kind, config, { ...downloads(session), onSkip: (message) => session.note(`left out: ${message}`) });
  try {
    const { optimizer, clipNorm, accumulate, groups = [] } = recipe.options;
    const relative = Object.entries(recipe.relativeRates ?? {});
    const factorOf = (group: string) => recipe.relativeRates?.[group]?.factor ?? 1;
    const progress = progressLine(session, "steps");
    let done = 0;
    const options: FindLearningRateOptions = {
      ...{ min, max, steps, signal: session.signal },
      ...(optimizer && { optimizer }),
      groups: groups.map(({ schedule: _, ...group }) => ({ ...group, learningRateFactor: factorOf(group.name) })),
      ...(clipNorm !== undefined && { clipNorm }),
      ...(accumulate !== undefined && { accumulate }),
      onPoint: () => progress({ done: ++done, total: steps }),
    };
    const found = await findLearningRate(recipe.task, recipe.train, options);
    const svg = figure ? await renderLearningRateFigure(found) : undefined;
    await makeFolder(out);
    await writeFileAtomic(join(out, TABLE), tableOf(found.curve));
    if (svg !== undefined) await writeFileAtomic(join(out, FIGURE), svg);
    const paths = names.map((name) => join(out, name));
    const { suggestion, curve } = found;
    const others = suggestion === undefined ? [] : relative.map(([, { field, factor }]) => [field, suggestion * factor] as const);
    if (flags.json) {
      const along = others.length > 0 && { others: Object.fromEntries(others) };
      return session.print(
        JSON.stringify({ suggestion: suggestion ?? null, field: FIELD[kind], ...along, steps: curve.length, files: paths }),
      );
    }
    const said =
      suggestion === undefined
        ? `The loss falls at no rate from ${min} to ${curve.at(-1)!.learningRate}: try others.`
        : `Suggested: ${suggestion.toPrecision(3)}, for example ${[[FIELD[kind], suggestion] as const, ...others].map(([field, rate]) => `--${field} ${rate.toPrecision(3)}`).join(" ")}`;
    session.print(`${said}\n${paths.join(", ")}`);
  } finally {
    await recipe.close();
  }
}

function tableOf(curve: readonly LearningRatePoint[]): string {
  const rows = curve.map(({ learningRate, loss, smoothed }) => [learningRate, loss, smoothed].join("\t"));
  return `${["learning_rate\tloss\tsmoothed", ...rows].join("\n")}\n`;
}
