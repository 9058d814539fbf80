import { checkAborted, encodedPath, fail, RsdixError } from "@rsdix/internal";
import { listNames } from "../checkpoint/checkpoint";
import { downloadFile } from "./hub-download";
import { type HubTarget, isCommit } from "./hub-id";
import { type DownloadProgress, type FileProvider, nameProblem, type OpenFile } from "./model-files";
import type { Network } from "./network";
import { oneAtATime } from "./one-at-a-time";
import type { HubApi, HubFile, HubStore, ListedFile, Platform } from "./platform";
import { progressOf } from "./progress";

/** What loading from the hub is told. */
export interface HubOptions {
  readonly endpoint: string;
  readonly offline: boolean;
  readonly cacheDir?: string | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

const MAIN = "main";
/** A model has tens of files; with every step of a training in it, thousands. */
const MAX_FILES = 20_000;
/** As many as a browser gives one server over HTTP/1.1, less two for the page itself. */
const PARALLEL_DOWNLOADS = 4;

/** The files of a model of the hub: looked up at one commit, downloaded when they are opened, and kept. */
export async function hubFiles(target: HubTarget, options: HubOptions, network: Network, platform: Platform): Promise<FileProvider> {
  const store = await platform.hubStore(options.endpoint, target.id, options.cacheDir);
  return options.offline ? offlineFiles(target, store) : onlineFiles(target, options, network, platform, store);
}

async function offlineFiles({ id, revision = MAIN }: HubTarget, store: HubStore): Promise<FileProvider> {
  const commit = isCommit(revision) ? revision : await store.commitOf(revision);
  const kept = commit ? await store.kept(commit) : [];
  if (!commit || kept.length === 0) {
    fail("OFFLINE", `${id}@${revision} isn't in ${store.place}, and offline nothing is downloaded. Load it once without offline.`);
  }
  const origin = `${id}@${commit} (offline)`;
  return {
    origin,
    revision: commit,
    parallel: PARALLEL_DOWNLOADS,
    names: async () => kept,
    open: (name) => store.find(commit, name),
    missing: async (names) =>
      fail(
        "OFFLINE",
        `${listNames(names)} of ${id}@${commit} isn't in ${store.place}, which has ${listNames(kept, 20)}; offline nothing is downloaded. Load it once without offline.`,
      ),
  };
}

async function onlineFiles(
  { id, revision = MAIN }: HubTarget,
  { endpoint, onProgress }: HubOptions,
  network: Network,
  platform: Platform,
  store: HubStore,
): Promise<FileProvider> {
  const hint =
    `Check the id and the revision at ${endpoint}/${id}. Of a private model, or one whose conditions must be accepted there first, ` +
    `give the token of an account that has access (the option token${platform.baseUrl === undefined ? ", or HF_TOKEN" : ""}).`;
  const { commit, files } = await lookUp(await platform.hubApi(endpoint, network, hint), id, revision, endpoint);
  await store.remember(revision, commit, [...files.values()]);
  const progress = progressOf(onProgress);

  const open = async (name: string): Promise<OpenFile | undefined> => {
    const file = files.get(name);
    if (!file) return undefined;
    const report = progress.begin(name, file.size);
    const found = await oneAtATime(`${store.place} ${file.hash.hex}`, network.signal, async () => {
      checkAborted(network.signal, `${name} of ${id}`);
      const kept = await store.find(commit, name, file);
      if (kept) return kept;
      const what = `${name} of ${id}@${commit}`;
      const url = `${endpoint}/${id}/resolve/${commit}/${encodedPath(name)}`;
      const download = { url, what, hint, file, onBytes: report };
      await downloadFile(download, network, await store.begin(commit, file), platform.hasher);
      return store.find(commit, name, file);
    });
    report(file.size);
    return found ?? fail("WRITE_FAILED", `${name} of ${id} was downloaded, but isn't in ${store.place}: something removed it.`);
  };
  return {
    origin: `${id}@${commit}`,
    revision: commit,
    parallel: PARALLEL_DOWNLOADS,
    names: async () => [...files.keys()],
    open,
    expect: (names) => {
      for (const name of names) {
        const file = files.get(name);
        if (file) progress.expect(name, file.size);
      }
    },
  };
}

async function lookUp(api: HubApi, id: string, revision: string, endpoint: string) {
  const files = new Map<string, HubFile>();
  try {
    const commit = isCommit(revision) ? revision : checkedCommit(await api.commitOf(id, revision), id);
    for await (const entry of api.list(id, commit)) {
      if (entry.type !== "file") continue;
      const file = checkedFile(entry, id);
      files.set(file.path, file);
      if (files.size > MAX_FILES) fail("FILE_TOO_LARGE", `${id} lists more than ${MAX_FILES} files: that is no model.`);
    }
    return { commit, files };
  } catch (error) {
    if (error instanceof RsdixError) throw error;
    return fail("DOWNLOAD_FAILED", `What ${endpoint} says about ${id} isn't understood: ${(error as Error).message}`, error);
  }
}

function checkedCommit(commit: string, id: string): string {
  return isCommit(commit) ? commit : fail("FILE_CORRUPT", `The hub says that ${id} is at ${JSON.stringify(commit)}, which is no commit.`);
}

/** An entry of the server's list: names become paths, hashes file names, so neither is taken as it comes. */
function checkedFile({ path, size, oid, lfs }: ListedFile, id: string): HubFile {
  const refuse = (what: string) => fail("FILE_CORRUPT", `The hub's list of ${id} has a file ${JSON.stringify(path)}: ${what}.`);
  const problem = nameProblem(path);
  if (problem) refuse(problem);
  const length = lfs ? lfs.size : size;
  if (!Number.isSafeInteger(length) || length < 0) refuse(`its size is ${length}`);
  const hex = lfs ? lfs.oid : oid;
  if (typeof hex !== "string" || !(lfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(hex))
    return refuse(`its hash is ${JSON.stringify(hex)}`);
  return { path, size: length, hash: { kind: lfs ? "sha256" : "git-sha1", hex } };
}
