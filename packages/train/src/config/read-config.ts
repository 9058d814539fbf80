import { readFile } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import { whyUnread } from "../why-unread";
import { parseConfig, type RawConfig } from "./load-config";

/** A configuration file, with its names as the original writes them. */
export async function readConfig(file: string): Promise<RawConfig> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) =>
    fail("FILE_NOT_FOUND", `${file} cannot be read: ${whyUnread(error, "the YAML file")}.`, error),
  );
  return parseConfig(text, file);
}
