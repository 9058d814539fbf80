import { fail } from "@rsdix/internal";
import { parse } from "yaml";
import type { FitKind } from "../config/schemas";
import type { GridFile } from "./grid-file";
import type { ParameterValue, SearchPoint } from "./space";

/** What a trial is run with. */
export interface TrialCommandOptions {
  /** Our own program: what runs it, and its file. */
  readonly program: readonly string[];
  /** What is trained, where the grid file's script does not tell. */
  readonly task?: string;
}

/** Makes a trial's command line: a program and its arguments, which no shell sees. */
export type TrialCommand = (parameters: SearchPoint, folder: string) => string[];

const PLACEHOLDER = /\{([A-Za-z][\w.-]*)\}/g;

/**
 * The command of each trial: the grid file's own, or `rsdix fit` with the grid file's configuration and the parameters as flags. In the grid file's own,
 * `{folder}` is the trial's folder, `{script}` and `{config_file}` are what the file says, `{model.lr}` is a parameter's value, and `{args}` all of them as
 * flags.
 */
export function trialCommand(grid: GridFile, { program, task }: TrialCommandOptions): TrialCommand {
  const { script, configFile, command } = grid;
  if (command) {
    if (task !== undefined) fail("INVALID_ARGUMENT", `The grid file has a command of its own, so that --task ${task} says nothing.`);
    return templateCommand(command, grid);
  }
  const kind = trainedKind(script!, task);
  return (parameters, folder) => [
    ...program,
    ...["fit", kind],
    ...(configFile === undefined ? [] : ["--config", configFile]),
    ...flagsOf(parameters),
    `--trainer.default_root_dir=${folder}`,
  ];
}

/** What a script trains, by its name; the original's `train_finetune_cli.py` trains CLIP. */
export function trainedKind(script: string, task: string | undefined): FitKind {
  if (task !== undefined) return task as FitKind;
  if (/clip_?cap/i.test(script)) return "clipcap";
  if (/clip|train_finetune_cli/i.test(script)) return "clip";
  return fail("INVALID_ARGUMENT", `The script ${script} does not tell what is trained: give --task clip or --task clipcap.`);
}

function templateCommand(command: readonly string[], { script, configFile, space }: GridFile): TrialCommand {
  const names = Object.keys(space);
  const settings = { ...(script !== undefined && { script }), ...(configFile !== undefined && { config_file: configFile }) };
  const used = command.flatMap((part) => [...part.matchAll(PLACEHOLDER)].map(([, name]) => name!));
  const known = ["args", "folder", ...Object.keys(settings), ...names];
  const stranger = used.find((name) => !known.includes(name));
  if (stranger !== undefined)
    fail("INVALID_ARGUMENT", `The grid file's command has {${stranger}}; there is ${known.map((name) => `{${name}}`).join(", ")}.`);
  if (!used.includes("folder"))
    fail("INVALID_ARGUMENT", "The grid file's command must have {folder}: the trial's validation losses are read from log.jsonl in it.");
  const setting = Object.keys(settings).find((name) => !used.includes(name));
  if (setting !== undefined) fail("INVALID_ARGUMENT", `The grid file's command must have {${setting}}, or the grid file no ${setting}.`);
  const unused = used.includes("args") ? undefined : names.find((name) => !used.includes(name));
  if (unused !== undefined) fail("INVALID_ARGUMENT", `The grid file's command must have {${unused}}, or {args} for all parameters.`);
  return (parameters, folder) => {
    const texts = Object.entries(parameters).map(([name, value]) => [name, String(value)] as const);
    const values: Readonly<Record<string, string>> = { folder, ...settings, ...Object.fromEntries(texts) };
    return command.flatMap((part) => {
      if (part === "{args}") return flagsOf(parameters);
      return part.replaceAll(PLACEHOLDER, (_, name: string) => (name === "args" ? flagsOf(parameters).join(" ") : values[name]!));
    });
  };
}

/** Parameters as flags: `--model.lr=1e-5`. */
export function flagsOf(parameters: SearchPoint): string[] {
  return Object.entries(parameters).map(([name, value]) => `--${name}=${yamlOf(value)}`);
}

/** A value as a flag has it, which is read as YAML: a text that would be a number is quoted. */
function yamlOf(value: ParameterValue): string {
  if (typeof value !== "string") return String(value);
  try {
    return parse(value) === value ? value : JSON.stringify(value);
  } catch {
    return JSON.stringify(value);
  }
}
