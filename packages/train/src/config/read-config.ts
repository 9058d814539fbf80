import { readGiven } from "../read-file";
import { parseConfig, type RawConfig } from "./load-config";

/** More than any configuration has. */
const MAX_BYTES = 4_000_000;

/** A configuration file, or a pipe that one is written to, with its names as the original writes them. */
export async function readConfig(file: string, signal?: AbortSignal): Promise<RawConfig> {
  const bytes = await readGiven(file, { wanted: "the YAML file", maxBytes: MAX_BYTES, ...(signal && { signal }) });
  return parseConfig(bytes.toString("utf8"), file);
}
