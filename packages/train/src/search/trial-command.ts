import { fail } from "@rsdix/internal";
import { parse } from "yaml";
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
 * `{folder}` is the trial's folder, `{config_file}` the configuration, `{model.lr}` a parameter's value, and an argument `{args}` all of them as flags.
 */
export function trialCommand({ script, configFile, command, space }: GridFile, { program, task }: TrialCommandOptions): TrialCommand {
  if (command) return templateCommand(command, Object.keys(space), configFile);
  const kind = task ?? taskOf(script!);
  return (parameters, folder) => [
    ...program,
    ...["fit", kind],
    ...(configFile === undefined ? [] : ["--config", configFile]),
    ...flagsOf(parameters),
    `--trainer.default_root_dir=${folder}`,
  ];
}

function taskOf(script: string): string {
  if (/clip_?cap/i.test(script)) return "clipcap";
  if (/clip/i.test(script)) return "clip";
  return fail("INVALID_ARGUMENT", `The script ${script} does not tell what is trained: give --task clip or --task clipcap.`);
}

function templateCommand(command: readonly string[], names: readonly string[], configFile: string | undefined): TrialCommand {
  const used = command.flatMap((part) => [...part.matchAll(PLACEHOLDER)].map(([, name]) => name!));
  const known = ["args", "folder", ...(configFile === undefined ? [] : ["config_file"]), ...names];
  const stranger = used.find((name) => !known.includes(name));
  if (stranger !== undefined)
    fail("INVALID_ARGUMENT", `The grid file's command has {${stranger}}; there is ${known.map((name) => `{${name}}`).join(", ")}.`);
  const unused = used.includes("args") ? undefined : names.find((name) => !used.includes(name));
  if (unused !== undefined) fail("INVALID_ARGUMENT", `The grid file's command must have {${unused}}, or {args} for all parameters.`);
  if (!used.includes("folder"))
    fail("INVALID_ARGUMENT", "The grid file's command must have {folder}: the trial's validation losses are read from log.jsonl in it.");
  return (parameters, folder) => {
    const values: Readonly<Record<string, string>> = {
      folder,
      ...(configFile !== undefined && { config_file: configFile }),
      ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
    };
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
