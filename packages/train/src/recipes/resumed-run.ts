import { fail, type RsdixError } from "@rsdix/internal";
import type { RawConfig } from "../config/load-config";
import { readConfig } from "../config/read-config";
import type { FitConfigs, FitKind } from "../config/schemas";
import { decisiveOf } from "./run-fit";
import { inRun } from "./run-folder";

/** The configuration of a run that is gone on with. */
export async function configOfRun(kind: FitKind, run: string): Promise<RawConfig> {
  const config = await readConfig(inRun(run, "config"));
  // Of either kind the one has true there, the other false.
  const gpt2 = (config.data as { use_gpt2_tokenizer?: unknown } | undefined)?.use_gpt2_tokenizer;
  const other = kind === "clip" ? "clipcap" : "clip";
  if (gpt2 === (other === "clipcap"))
    fail("INVALID_ARGUMENT", `${run} is a run of "rsdix fit ${other}": go on with it by rsdix fit ${other} --resume.`);
  return config;
}

/** What is another setting than a run's checkpoints were made with, of those that its numbers depend on: "model.lr (0.001, now 0.1)". */
export function changedSettings<K extends FitKind>(earlier: FitConfigs[K], config: FitConfigs[K]): string[] {
  const [before, now] = [earlier, config].map((each) => new Map(settingsOf("", decisiveOf(each))));
  return [...now!].flatMap(([name, value]) => (before!.get(name) === value ? [] : [`${name} (${before!.get(name)}, now ${value})`]));
}

/** Hands records on, and says with the refusal of a checkpoint what was changed since the run's configuration file, or that the file itself may have been. */
export async function* namingChanges<T>(
  records: AsyncIterable<T>,
  changes: readonly string[],
  config: string,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* records;
  } catch (error) {
    const { code, message } = error as RsdixError;
    if (code !== "CHECKPOINT_MISMATCH") throw error;
    const said =
      changes.length === 0
        ? `No flag or file given now differs from ${config}: that file was edited since, or the images or the model's files are others.`
        : `Changed: ${changes.join(", ")}.`;
    fail(code, `${message} ${said}`, error);
  }
}

function settingsOf(prefix: string, value: object): [string, string][] {
  return Object.entries(value).flatMap(([name, item]: [string, unknown]) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? settingsOf(`${prefix}${name}.`, item)
      : [[`${prefix}${name}`, JSON.stringify(item)] as [string, string]],
  );
}
