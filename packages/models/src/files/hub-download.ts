import { fail, Interrupted } from "@rsdix/internal";
import { checkStatus, type Network, retrying, send } from "./network";
import type { Head } from "./own-response";
import type { Hasher, HubFile, PartialFile, Platform } from "./platform";

/** Where a file of the hub comes from. */
export interface Download {
  readonly url: string;
  /** The file and its model, for messages. */
  readonly what: string;
  /** What may help where access is denied. */
  readonly hint: string;
  readonly file: HubFile;
  /** Called with the number of bytes that are here. */
  readonly onBytes: (loaded: number) => void;
}

/**
 * Downloads a file, from where an earlier attempt stopped, and checks its hash. What arrived of an interrupted download is kept;
 * a file with the wrong hash is removed.
 */
export async function downloadFile(download: Download, network: Network, partial: PartialFile, hasher: Platform["hasher"]): Promise<void> {
  const { file, what } = download;
  let removed = false;
  try {
    if (partial.size() > file.size) await partial.restart();
    const hash = startHash(file, hasher);
    for await (const chunk of partial.chunks()) hash.update(chunk);
    const transfer = new Transfer(download, network, partial, hasher, hash);
    const left = partial.size();
    download.onBytes(left);
    await retrying(network, what, () => transfer.attempt());
    let hex = transfer.hash.hex();
    if (hex !== file.hash.hex && left > 0) {
      await transfer.restart(); // what an earlier program left may be damaged: once without it
      await retrying(network, what, () => transfer.attempt());
      hex = transfer.hash.hex();
    }
    if (hex !== file.hash.hex) {
      removed = true;
      await partial.discard();
      fail(
        "FILE_CORRUPT",
        `${what} isn't what the hub says: its ${file.hash.kind} is ${hex}, not ${file.hash.hex}. It was removed: load it again.`,
      );
    }
    await partial.finish();
  } catch (error) {
    if (!removed) await partial.keep();
    throw error;
  }
}

/** Git hashes a file with its length in front. */
function startHash({ hash, size }: HubFile, hasher: Platform["hasher"]): Hasher {
  if (hash.kind === "sha256") return hasher("sha256");
  const sha1 = hasher("sha1");
  sha1.update(new TextEncoder().encode(`blob ${size}\0`));
  return sha1;
}

class Transfer {
  constructor(
    private readonly download: Download,
    private readonly network: Network,
    private readonly partial: PartialFile,
    private readonly hasher: Platform["hasher"],
    public hash: Hasher,
  ) {}

  /** Gets the bytes that are missing; `Interrupted` where fewer come. */
  async attempt(): Promise<void> {
    const { partial, download } = this;
    const { url, what, hint, file, onBytes } = download;
    const before = partial.size();
    if (before === file.size) return;
    try {
      const headers: Record<string, string> = before > 0 ? { Range: `bytes=${before}-` } : {};
      const answer = await send(this.network, url, headers, what);
      if (answer.response.status === 416) {
        answer.cancel();
        await this.restart();
        throw new Interrupted("the server has another file, of fewer bytes");
      }
      await checkStatus(answer, what, hint);
      if (before > 0 && !continues(answer.response, before)) await this.restart(); // the server sends all of it
      for await (const chunk of answer.chunks()) {
        if (partial.size() + chunk.length > file.size) {
          await this.restart();
          fail("FILE_CORRUPT", `${what}: the server sends more than the ${file.size} bytes that the hub says it has. It was removed.`);
        }
        await partial.write(chunk);
        this.hash.update(chunk);
        onBytes(partial.size());
      }
      if (partial.size() < file.size) throw new Interrupted(`the connection ended after ${partial.size()} of ${file.size} bytes`);
    } catch (error) {
      if (!(error instanceof Interrupted) || partial.size() <= before) throw error;
      throw new Interrupted(error.message, { ...error.details, progressed: true });
    }
  }

  async restart(): Promise<void> {
    await this.partial.restart();
    this.hash = startHash(this.download.file, this.hasher);
  }
}

/** Whether an answer has the bytes from `start`. Another origin may hide Content-Range; then the hash tells in the end. */
function continues({ status, headers }: Head, start: number): boolean {
  const range = headers.get("Content-Range");
  return status === 206 && (range === null || range.startsWith(`bytes ${start}-`));
}
