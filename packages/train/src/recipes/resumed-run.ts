import { fail } from "@rsdix/internal";
import type { RawConfig } from "../config/load-config";
import { readConfig } from "../config/read-config";
import type { FitKind } from "../config/schemas";
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
