import { fail } from "@rsdix/internal";
import { kindOfConfig } from "../config/config-kind";
import type { RawConfig } from "../config/load-config";
import { readConfig } from "../config/read-config";
import type { FitKind } from "../config/schemas";
import { inRun } from "./run-folder";

/** The configuration of a run that is gone on with. */
export async function configOfRun(kind: FitKind, run: string): Promise<RawConfig> {
  const config = await readConfig(inRun(run, "config"));
  const other = kindOfConfig(config);
  if (other !== undefined && other !== kind)
    fail("INVALID_ARGUMENT", `${run} is a run of "rsdix fit ${other}": go on with it by rsdix fit ${other} --resume.`);
  return config;
}
