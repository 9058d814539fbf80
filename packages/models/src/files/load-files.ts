import { checkOptions, checkSignal, fail, show } from "@rsdix/internal";
import { platform } from "#platform";
import { blobFiles } from "./blob-files";
import { hubFiles } from "./hub-files";
import { type HubTarget, parseHubId, withRevision } from "./hub-id";
import { type DownloadProgress, type FileProvider, filesOf, type ModelFiles, type WatchedFiles } from "./model-files";
import { type Network, PATIENCE } from "./network";
import { urlFiles } from "./url-files";

/**
 * Where a model is: `"org/name"` or `"org/name@revision"` of the Hugging Face hub, a folder or a single file (in Node by path, elsewhere by
 * URL), files that a user chose, or one `File` or `Blob` with a checkpoint's bytes. A path to weights, and the path or URL of their index,
 * bring the configuration and the tokenizer that lie beside them.
 */
export type ModelSource = string | URL | Blob | ArrayLike<File>;

/** How the files of a model are got. */
export interface ModelFilesOptions {
  /** The branch, tag or commit of a model of the hub; `"main"` unless told otherwise. A commit pins the files for ever. */
  readonly revision?: string;
  /** Only what is in the cache: no request is made. In Node `HF_HUB_OFFLINE` sets it for all programs. */
  readonly offline?: boolean;
  /** The folder of the hub's cache in Node, otherwise that of Python's huggingface_hub: `HF_HUB_CACHE`, or `~/.cache/huggingface/hub`. */
  readonly cacheDir?: string;
  /** The hub's address, `"https://huggingface.co"` unless told otherwise; in Node `HF_ENDPOINT` sets it for all programs. */
  readonly endpoint?: string;
  /** An access token of the hub, for private models and those whose conditions must be accepted; in Node otherwise `HF_TOKEN`. */
  readonly token?: string;
  /** Called for every piece that arrives, and once for a file that is in the cache. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /**
   * Stops downloading; what has arrived is kept. A server that is silent for 30 seconds is given up, one that is slow isn't:
   * `AbortSignal.timeout(600_000)` ends it after ten minutes.
   */
  readonly signal?: AbortSignal;
  /** Makes the requests in place of the global `fetch`, for a proxy or to add headers. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The types of all options but the signal. */
const TYPES = {
  ...{ revision: "string", offline: "boolean", cacheDir: "string", endpoint: "string", token: "string" },
  ...{ onProgress: "function", fetch: "function" },
} as const;
const OF_THE_HUB = ["revision", "cacheDir", "endpoint", "token"] as const;

/**
 * Finds the files of a model. A path that exists comes before an id of the hub that is written the same.
 *
 * Files of the hub are downloaded when they are opened, once: they are checked against the hub's hashes and kept in the cache that Python's
 * huggingface_hub uses too; in a browser in its own storage. Files at a URL are read by range, and not kept.
 *
 * @param source An id of the hub, a path, a URL, files or a Blob.
 * @param options Revision, cache, access, progress and abortion.
 * @returns The files, to be closed when the model is loaded.
 * @throws FILE_NOT_FOUND when there is nothing at the path, URL or id; OFFLINE when it isn't in the cache and nothing may be downloaded;
 * DOWNLOAD_FAILED when access is denied or the network fails; FILE_CORRUPT when the hub's answer makes no sense; WRITE_FAILED when the
 * cache can't be written; ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import { modelFiles } from "@rsdix/models";
 *
 * const config = new File(['{"model_type":"clip"}'], "config.json");
 * const files = await modelFiles([config]);
 * console.log(await files.names(), await files.text("config.json")); // [ 'config.json' ] {"model_type":"clip"}
 * await files.close();
 * ```
 *
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export async function modelFiles(source: ModelSource, options: ModelFilesOptions = {}): Promise<ModelFiles> {
  return findFiles(source, options);
}

/** The same for those that look after what changes meanwhile. */
export async function findFiles(source: ModelSource, options: ModelFilesOptions): Promise<WatchedFiles> {
  checkOptions(options, [...Object.keys(TYPES), "signal"], "modelFiles");
  for (const [name, type] of Object.entries(TYPES)) {
    const value = options[name as keyof typeof TYPES];
    if (value !== undefined && typeof value !== type) fail("INVALID_ARGUMENT", `${name} must be a ${type}, got ${show(value)}.`);
  }
  checkSignal(options.signal);
  const found = typeof source === "string" || source instanceof URL ? await named(source, options) : chosen(source);
  if ("id" in found) return filesOf(await fromHub(found, options));
  for (const name of OF_THE_HUB) {
    if (options[name] !== undefined) fail("INVALID_ARGUMENT", `The option ${name} is for models of the hub; ${found.origin} isn't one.`);
  }
  return filesOf(found);
}

function chosen(source: Exclude<ModelSource, string | URL>): FileProvider {
  if (source instanceof Blob) return blobFiles([source]);
  if (ArrayBuffer.isView(source) || (source as unknown) instanceof ArrayBuffer) {
    fail("INVALID_ARGUMENT", 'Bytes alone don\'t tell what they are: give a file of them, new File([bytes], "model.safetensors").');
  }
  const files: File[] = [];
  for (let i = 0; i < source?.length && source[i] instanceof Blob; i++) files.push(source[i]!); // by index: a length may be anything
  if (files.length > 0 && files.length === source.length) return blobFiles(files);
  return fail(
    "INVALID_ARGUMENT",
    `A model is loaded from an id of the hub, a path, a URL, a Blob or a list of files that isn't empty, got ${show(source)}.`,
  );
}

async function named(source: string | URL, options: ModelFilesOptions): Promise<FileProvider | HubTarget> {
  const text = String(source);
  if (/^https?:/i.test(text)) return parseHubId(text) ?? fromUrl(text, options);
  const local = text === "" ? undefined : await platform.localFiles(text);
  if (local) return local;
  const isPath = /^[./\\~]|^[a-z]+:|\\/i.test(text);
  if (isPath && platform.baseUrl !== undefined) return fromUrl(new URL(text, platform.baseUrl).href, options);
  const id = isPath ? undefined : parseHubId(text);
  if (id) return id;
  const what = platform.baseUrl === undefined ? "file or folder" : "URL";
  return fail(
    "FILE_NOT_FOUND",
    `"${text}" is no ${what}${isPath ? "" : ", and no id of the hub, which are like org/name or org/name@revision"}.`,
  );
}

function fromUrl(url: string, options: ModelFilesOptions): FileProvider {
  if (options.offline) fail("OFFLINE", `${url} is a URL, whose files aren't kept; offline nothing is downloaded.`);
  return urlFiles(url, networkOf(options), options.onProgress);
}

async function fromHub(found: HubTarget, options: ModelFilesOptions): Promise<FileProvider> {
  const { settings } = platform;
  const endpoint = checkedEndpoint(options.endpoint ?? settings.endpoint ?? "https://huggingface.co");
  const target = withRevision(found, options.revision);
  if (options.cacheDir !== undefined && platform.baseUrl !== undefined) {
    fail("INVALID_ARGUMENT", "The option cacheDir is for Node: a browser keeps files in its own storage.");
  }
  const network = { ...networkOf(options), token: options.token ?? settings.token, tokenOrigin: new URL(endpoint).origin };
  const offline = options.offline ?? settings.offline ?? false;
  const { cacheDir, onProgress } = options;
  return hubFiles(target, { endpoint, offline, cacheDir, onProgress }, network, platform);
}

function networkOf({ signal, fetch }: ModelFilesOptions): Network {
  return { ...PATIENCE, signal, fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)) };
}

function checkedEndpoint(endpoint: string): string {
  if (!/^https?:\/\/[^/?#]/.test(endpoint) || !URL.canParse(endpoint)) {
    fail("INVALID_ARGUMENT", `endpoint must be the address of a hub, like https://huggingface.co, got ${JSON.stringify(endpoint)}.`);
  }
  return endpoint.replace(/\/+$/, "");
}
