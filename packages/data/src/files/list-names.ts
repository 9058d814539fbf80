import { fail, type RsdixError, show } from "@rsdix/internal";
import { askStore } from "./ask-store";
import type { FileStore } from "./file-store";

/**
 * The names of the files of a store of anybody's. ABORTED as soon as the signal says so; what else goes wrong, or comes in place of names, is a typed error.
 */
export async function listNames(files: FileStore, signal?: AbortSignal): Promise<readonly string[]> {
  return checkedNames(await ask(files, signal), files);
}

/** The names, or undefined where files can be read but not listed. */
export async function namesIfListed(files: FileStore, signal?: AbortSignal): Promise<readonly string[] | undefined> {
  let names: unknown;
  try {
    names = await ask(files, signal);
  } catch (error) {
    if ((error as RsdixError).code === "INVALID_ARGUMENT") return undefined;
    throw error;
  }
  return checkedNames(names, files);
}

function ask(files: FileStore, signal: AbortSignal | undefined): Promise<unknown> {
  return askStore({ stopped: `Listing ${files.name} was stopped.`, failed: `The files of ${files.name} cannot be listed` }, signal, () =>
    files.names(),
  );
}

function checkedNames(names: unknown, files: FileStore): readonly string[] {
  const wanted = `The names of the files of ${files.name} must come from the store's names as an array of texts`;
  if (!Array.isArray(names)) fail("INVALID_ARGUMENT", `${wanted}, got ${show(names)}.`);
  const odd = names.findIndex((name) => typeof name !== "string");
  if (odd >= 0) fail("INVALID_ARGUMENT", `${wanted}, got ${show(names[odd])} at ${odd}.`);
  return names;
}
