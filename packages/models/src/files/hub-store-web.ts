import { sourceOf } from "../checkpoint/byte-source";
import { isCommit } from "./hub-id";
import { beginPartial, PIECE_BYTES, partsOf } from "./partial-web";
import { type HubFile, type HubStore, withoutClose } from "./platform";
import { type BrowserStorage, failWrite } from "./storage-web";

/** That a file is whole and was checked, and how many pieces it has. */
interface Kept {
  readonly size: number;
}

/** A model's files in the browser's storage: each content once, under its hash, in pieces; what the hub said in JSON beside them. */
export function hubStoreWeb(endpoint: string, id: string, { small, large, place }: BrowserStorage): HubStore {
  const refs = (revision: string) => `${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`;
  const list = (commit: string) => `${endpoint}/api/models/${id}/tree/${commit}`;
  const key = (file: HubFile) => `${endpoint}/${id}/blobs/${file.hash.hex}`;
  const pieces = (file: HubFile) => ({ storage: file.size > PIECE_BYTES ? large : small, key: key(file), size: file.size });

  const json = async <T>(at: string): Promise<T | undefined> => {
    const blob = await small.get(at);
    return blob && (JSON.parse(await blob.text()) as T);
  };
  const put = (at: string, value: unknown) => small.put(at, new Blob([JSON.stringify(value)])).catch((error) => failWrite(at, error));
  const find: HubStore["find"] = async (commit, path, known) => {
    const file = known ?? (await json<HubFile[]>(list(commit)))?.find((each) => each.path === path);
    if (!file || (await json<Kept>(key(file)))?.size !== file.size) return undefined;
    const blob = new Blob(await partsOf(pieces(file)));
    return blob.size === file.size ? withoutClose(sourceOf(blob)) : undefined; // the browser may have removed some
  };
  return {
    place,
    async commitOf(revision) {
      const commit = await json<string>(refs(revision));
      return commit && isCommit(commit) ? commit : undefined;
    },
    async kept(commit) {
      const files = (await json<HubFile[]>(list(commit))) ?? [];
      const found = await Promise.all(files.map(async ({ path }) => ((await find(commit, path)) ? [path] : [])));
      return found.flat();
    },
    async remember(revision, commit, files) {
      await put(list(commit), files);
      await put(refs(revision), commit);
    },
    find,
    begin: (_, file) => beginPartial(pieces(file), () => put(key(file), { size: file.size } satisfies Kept)),
  };
}
