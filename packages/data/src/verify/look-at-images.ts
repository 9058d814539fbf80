import { type RsdixError, sha256 } from "@rsdix/internal";
import { decodingRoom } from "../batches/decoding-room";
import { heard } from "../caller-function";
import type { CaptionRecord } from "../caption-dataset";
import { eachOf } from "../each-of";
import type { FileStore } from "../files/file-store";
import { readBytes } from "../files/read-bytes";
import type { ImageDataset } from "../image-dataset";
import { splitOf } from "../select-split";
import { untilAborted } from "../until-aborted";
import type { ProblemList } from "./problem-list";
import type { VerifyOptions } from "./verify";

/** What was seen of the images. */
export interface Seen {
  /** How many could be decoded. */
  readonly decoded: number;
  /** How many have which size, the most frequent first. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Of images that were not looked at. */
export const NOTHING_SEEN: Seen = { decoded: 0, sizes: new Map() };

/** One image: what is known of it. */
interface Look {
  readonly hash?: string;
  readonly size?: string;
  readonly problem?: readonly [kind: "missing image" | "unreadable image", example: string];
}

/** What a store that can list has. */
export interface Listed {
  /** The images whose files are there, each file once. */
  readonly records: readonly CaptionRecord[];
  /** The names of its files. */
  readonly names: ReadonlySet<string>;
}

/** How images are looked at. */
export interface LookOptions {
  readonly concurrency: number;
  readonly decode: NonNullable<VerifyOptions["decode"]>;
  readonly onProgress: VerifyOptions["onProgress"] | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Reads and decodes the images that are there; what is wrong with them becomes problems, in the order of the records. */
export async function lookAtImages(
  { files, images, declaration }: ImageDataset,
  there: Listed | undefined,
  options: LookOptions,
  problems: ProblemList,
): Promise<Seen> {
  const records = there?.records ?? images;
  const looks = await lookAtAll(records, files, there?.names, options);
  const sizes = new Map<string, number>();
  const owners = new Map<string, CaptionRecord>();
  const wanted = declaration?.imageSize && `${declaration.imageSize.width} x ${declaration.imageSize.height}`;
  looks.forEach(({ size, hash, problem }, i) => {
    const record = records[i]!;
    if (problem) problems.add(...problem);
    if (size) sizes.set(size, (sizes.get(size) ?? 0) + 1);
    if (size && wanted && size !== wanted) problems.add("other size", `${record.filename}: ${size} instead of ${wanted}`);
    const owner = hash && owners.get(hash);
    if (owner) addSameFile(problems, owner, record);
    else if (hash) owners.set(hash, record);
  });
  return { decoded: looks.filter(({ size }) => size).length, sizes: new Map([...sizes].sort(([, a], [, b]) => b - a)) };
}

/** One file of two images: in two splits that is leakage. */
export function addSameFile(problems: ProblemList, owner: CaptionRecord, record: CaptionRecord): void {
  const both = `${owner.filename} (${splitOf(owner)}) and ${record.filename} (${splitOf(record)})`;
  problems.add(splitOf(owner) === splitOf(record) ? "same file twice" : "same file in two splits", both);
}

/** What is seen of each image, some of them looked at together. */
async function lookAtAll(
  records: readonly CaptionRecord[],
  files: FileStore,
  listed: Listed["names"] | undefined,
  options: LookOptions,
): Promise<Look[]> {
  const { concurrency, onProgress, signal } = options;
  const room = decodingRoom();
  const decode: LookOptions["decode"] = (bytes) => room.hold(bytes, () => options.decode(bytes));
  const looks = new Array<Look>(records.length);
  let done = 0;
  const stopped = () => `Checking images was stopped after ${done} of ${records.length}.`;
  await eachOf(records.length, concurrency, async (i) => {
    looks[i] = await untilAborted(signal, stopped, () =>
      lookAt(records[i]!.filename, files, listed?.has(records[i]!.filename) ?? false, { decode, signal }),
    );
    await heard(onProgress?.({ done: ++done, total: records.length }), signal);
  });
  return looks;
}

async function lookAt(
  filename: string,
  files: FileStore,
  listed: boolean,
  { decode, signal }: Pick<LookOptions, "decode" | "signal">,
): Promise<Look> {
  let hash: string | undefined;
  try {
    const bytes = await readBytes(files, filename, { signal });
    hash = await sha256(bytes);
    const { width, height } = await decode(bytes);
    return { hash, size: `${width} x ${height}` };
  } catch (error) {
    const { code, message } = error as RsdixError;
    if (code === "FILE_NOT_FOUND" && !listed) return { problem: ["missing image", filename] };
    if (code !== "FILE_NOT_FOUND" && code !== "FILE_CORRUPT" && code !== "FILE_TOO_LARGE") throw error;
    return { ...(hash && { hash }), problem: ["unreadable image", `${filename}: ${message}`] };
  }
}
