import { copyFile, link, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { getHFHubCachePath, getRepoFolderName } from "@huggingface/hub";
import { isCommit } from "./hub-id";
import { namesBelow, openIfThere } from "./local-node";
import { beginPartial, failWrite } from "./partial-node";
import { makeFolder } from "./path-node";
import type { HubFile, HubStore } from "./platform";
import { privateName } from "./private-name-node";

/**
 * The cache that huggingface_hub of Python keeps, shared with it: `blobs/` has each content once, under its hash; `snapshots/<commit>/` has
 * the names, as links to them; `refs/` says at which commit a branch was.
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export function hubStoreNode(id: string, cacheDir: string | undefined): HubStore {
  const folder = join(cacheDir ?? getHFHubCachePath(), getRepoFolderName({ type: "model", name: id }));
  const snapshot = (commit: string) => join(folder, "snapshots", commit);
  const blob = (file: HubFile) => join(folder, "blobs", file.hash.hex);

  return {
    place: folder,
    async commitOf(revision) {
      const text = await readFile(join(folder, "refs", ...revision.split("/")), "utf8").catch(() => "");
      return isCommit(text.trim()) ? text.trim() : undefined;
    },
    kept: (commit) => namesBelow(snapshot(commit)).catch(() => []),
    async remember(revision, commit) {
      if (isCommit(revision)) return;
      const path = join(folder, "refs", ...revision.split("/"));
      await writing(path, async (temporary) => writeFile(temporary, commit));
    },
    async find(commit, path, file) {
      const pointer = join(snapshot(commit), ...path.split("/"));
      if (!file) return openIfThere(pointer);
      if ((await sizeOf(pointer)) !== file.size) {
        if ((await sizeOf(blob(file))) !== file.size) return undefined;
        await point(pointer, blob(file));
      }
      return openIfThere(pointer);
    },
    begin: (commit, file) => beginPartial(blob(file), () => point(join(snapshot(commit), ...file.path.split("/")), blob(file))),
  };
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

/** Gives a content its name in a snapshot: a relative link; where the system has none for us, a second name of the file, or a copy. */
async function point(pointer: string, target: string): Promise<void> {
  await writing(pointer, async (temporary) => {
    await symlink(relative(dirname(pointer), target), temporary)
      .catch(() => link(target, temporary))
      .catch(() => copyFile(target, temporary));
  });
}

/** Makes a file under a name of its own and renames it: another process sees the old one or the new one, never half of it. */
async function writing(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = privateName(path, "tmp");
  try {
    await makeFolder(dirname(path));
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    failWrite(path, error);
  }
}
