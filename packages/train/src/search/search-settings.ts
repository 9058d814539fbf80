import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail, isRecord } from "@rsdix/internal";
import { betterOf, type Mode } from "../fit/better";

/** What a search is known by in its folder, and what the values of its trials depend on besides their parameters. */
export interface SearchSettings {
  /** How it searches. */
  readonly search: "bayes" | "grid";
  /** The file of its trials, as seen from the folder. */
  readonly file: string;
  /** Where all draws come from, where there are some. */
  readonly randomState?: number;
  /** The number that counts. */
  readonly metric: string;
  /** Whether its lowest value does, or its highest. */
  readonly mode: Mode;
  /** What is trained, where trials are runs of ours. */
  readonly task?: string;
  /** The configuration that trials have in common, where they are runs of ours. */
  readonly config?: object;
}

/** The file that says that a folder is a search's. */
export const SETTINGS_FILE = "search.json";

/**
 * The settings of a folder's search, which are these; undefined where it holds none. A search that was begun before there was a mode has none of it. Values
 * of another number, or of another configuration, don't compare with those that are there, and another search's trials would go to the folders of its trials.
 *
 * @throws RsdixError INVALID_ARGUMENT with what differs; FILE_CORRUPT; FILE_NOT_FOUND for what cannot be read.
 */
export async function holdsSearch(folder: string, settings: SearchSettings): Promise<Partial<SearchSettings> | undefined> {
  const path = join(folder, SETTINGS_FILE);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? undefined : fail("FILE_NOT_FOUND", `${path} cannot be read: ${error.message}.`, error),
  );
  if (text === undefined) return undefined;
  const written = parse(text, path);
  const [before, now] = [flat({ mode: betterOf(settings.metric) ?? "min", ...written }), flat(settings)];
  const names = [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name));
  if (names.length === 0) return written;
  const shown = (value: string | undefined) => value ?? "not given";
  const changes = names.map((name) => `${name} (${shown(before.get(name))}, now ${shown(now.get(name))})`);
  return fail(
    "INVALID_ARGUMENT",
    `${folder} holds a search that was begun otherwise: ${changes.join(", ")}. Go on as then, or give another --out.`,
  );
}

/** Writes down in a folder which search it holds. */
export async function writeSettings(folder: string, settings: SearchSettings): Promise<void> {
  await writeFileAtomic(join(folder, SETTINGS_FILE), `${JSON.stringify(settings, null, 2)}\n`);
}

function parse(text: string, path: string): Partial<SearchSettings> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // As below.
  }
  return fail("FILE_CORRUPT", `${path} holds no settings of a search: move it away, if the trials there are of the same settings.`);
}

/** Names with dots between them, and values as JSON. */
function flat(value: object, prefix = ""): Map<string, string> {
  return new Map(
    Object.entries(value).flatMap(([name, item]: [string, unknown]) =>
      isRecord(item)
        ? [...flat(item, `${prefix}${name}.`)]
        : item === undefined
          ? []
          : [[`${prefix}${name}`, JSON.stringify(item)] as const],
    ),
  );
}
