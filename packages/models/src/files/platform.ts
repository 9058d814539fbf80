import type { ByteSource } from "../checkpoint/byte-source";
import type { Checkpoint } from "../checkpoint/checkpoint";
import type { SaveOptions, SaveTarget } from "../pretrained/save-model";
import type { FileProvider, OpenFile } from "./model-files";
import type { Network } from "./network";

/** A file of a model of the hub, at one commit. */
export interface HubFile {
  /** Its name, `/` between folders. */
  readonly path: string;
  /** Its length in bytes. */
  readonly size: number;
  /** What its content is checked with: SHA-256 of large files, git's SHA-1 of small ones. */
  readonly hash: HubHash;
}

/** The hub's name of a content: also the name of the file in the cache. */
interface HubHash {
  readonly kind: "sha256" | "git-sha1";
  /** 64 or 40 hexadecimal digits. */
  readonly hex: string;
}

/** What the hub is asked about a model. */
export interface HubApi {
  /** The commit that a branch or tag is at now. */
  commitOf(id: string, revision: string): Promise<string>;
  /** The files of a commit, as the server lists them: nothing of it was checked. */
  list(id: string, commit: string): AsyncIterable<ListedFile>;
}

/** One entry of the hub's list. */
export interface ListedFile {
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly oid?: string | undefined;
  readonly lfs?: { readonly oid: string; readonly size: number } | undefined;
}

/** Where one model's files are kept between loads. */
export interface HubStore {
  /** Where it lies, for messages. */
  readonly place: string;
  /** The commit that a branch or tag was at when it was last looked up. */
  commitOf(revision: string): Promise<string | undefined>;
  /** The names of the files of a commit that are here. */
  kept(commit: string): Promise<readonly string[]>;
  /** Notes what the hub said, to be known offline. */
  remember(revision: string, commit: string, files: readonly HubFile[]): Promise<void>;
  /** A file that is here, whole; without `file` by what was remembered of it. */
  find(commit: string, path: string, file?: HubFile): Promise<OpenFile | undefined>;
  /** The beginning of a download, continued where an earlier one stopped. */
  begin(commit: string, file: HubFile): Promise<PartialFile>;
}

/** A file that is being downloaded; nobody else writes to it. */
export interface PartialFile {
  /** How many bytes it has. */
  size(): number;
  /** Those bytes, from the start. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Adds bytes. WRITE_FAILED. */
  write(bytes: Uint8Array): Promise<void>;
  /** Forgets all bytes. */
  restart(): Promise<void>;
  /** It is whole and checked: it becomes the file. WRITE_FAILED. */
  finish(): Promise<void>;
  /** Leaves it for a later download to continue. Never throws: it ends what has failed already. */
  keep(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
}

/** A hash that is fed piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** The result in hexadecimal. */
  hex(): string;
}

/** What differs between Node and the browser. */
export interface Platform {
  /** What users set for all their programs: Node's environment variables; nothing in a browser. */
  readonly settings: { readonly endpoint?: string; readonly token?: string; readonly offline?: boolean };
  /** What a relative address is relative to, in a browser; `undefined` where texts like "./models" are paths. */
  readonly baseUrl: string | undefined;
  /** A file or folder on disk; `undefined` where there is neither. */
  localFiles(path: string): Promise<FileProvider | undefined>;
  /** The cache of a model; without `cacheDir` the usual one. */
  hubStore(endpoint: string, id: string, cacheDir: string | undefined): Promise<HubStore>;
  hubApi(endpoint: string, network: Network, hint: string): Promise<HubApi>;
  /**
   * The folder that a model is saved to, as it is called now: of a path that is relative where it leads from here; and what is the same for
   * every way to that folder. Throws on what is none here.
   */
  placeOf(folder: SaveTarget): { readonly folder: SaveTarget; readonly place: string };
  /** Writes a model to a folder: the small files, then the weights. Its files' names. */
  saveModel(
    folder: SaveTarget,
    tensors: Checkpoint,
    small: ReadonlyMap<string, string | Uint8Array>,
    options: SaveOptions,
  ): Promise<string[]>;
  hasher(algorithm: "sha1" | "sha256"): Hasher;
}

/** A file that needs no closing. */
export function withoutClose(source: ByteSource): OpenFile {
  return { size: source.size, read: (start, end) => source.read(start, end), close: async () => undefined };
}
