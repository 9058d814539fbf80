import { fail } from "@rsdix/internal";
import type { ParsedTarEntry } from "modern-tar";
import { decompressed } from "../files/decompress";
import { ByteReader } from "./byte-reader";

/** A file in a tar archive, where the reading is. */
export interface TarEntry {
  readonly name: string;
  /** False for folders, links and devices, which have no content. */
  readonly isFile: boolean;
  /** How many bytes it says it has. */
  readonly size: number;
  /** Where its first header begins. */
  readonly headerOffset: number;
  /** Where its content begins. */
  readonly offset: number;
  /** Its content, to be read before the next entry is asked for, or not at all. */
  bytes(): Promise<Uint8Array>;
}

const BLOCK_BYTES = 512;
/** What stands for contents when the library is told to go on to the next header. */
const ZEROS = new Uint8Array(2 ** 20);

/**
 * The entries of a tar archive, which may be compressed with gzip; none of it is held but a piece. The library parses the headers (ustar,
 * pax, GNU's long names, checksums) and is given zeros in place of contents, so that it is known where each entry lies.
 *
 * @throws RsdixError FILE_CORRUPT, with the position, where the archive is damaged or cut off.
 */
export async function* tarEntries(pieces: AsyncGenerator<Uint8Array, void>, shard: string): AsyncGenerator<TarEntry, void> {
  const input = await uncompressed(new ByteReader(pieces), shard);
  try {
    const headers = await headerParser(shard);
    for (let headerOffset = 0; ; headerOffset = input.position) {
      const header = await headers.next(input);
      if (!header) return;
      const { name, size, type = "file" } = header;
      const offset = input.position;
      const isFile = type === "file";
      let read = false;
      yield {
        ...{ name, isFile, size: isFile ? size : 0, headerOffset, offset },
        async bytes() {
          read = true;
          const content = new Uint8Array(size);
          for (let done = 0; done < size; ) {
            const part = await headers.skip(input, size - done, name);
            content.set(part, done);
            done += part.length;
          }
          return content;
        },
      };
      for (let left = read ? 0 : size; left > 0; ) left -= (await headers.skip(input, left, name)).length;
      await headers.skipPadding(input, -size & (BLOCK_BYTES - 1), name);
    }
  } finally {
    await input.close();
  }
}

/** The archive itself, whatever its name says of how it is compressed. */
async function uncompressed(input: ByteReader, shard: string): Promise<ByteReader> {
  const [first, second] = await input.peek(2);
  return first === 0x1f && second === 0x8b ? new ByteReader(decompressed(input.rest(), "gzip", shard)) : input;
}

async function headerParser(shard: string) {
  const { createTarDecoder } = await import("modern-tar");
  const { readable, writable } = createTarDecoder({ strict: true });
  const entries = readable.getReader();
  const writer = writable.getWriter();
  let found: ParsedTarEntry | undefined;
  // Given a header's last block, the library answers before the writing of that block is done.
  const expect = () => {
    found = undefined;
    entries.read().then(
      ({ value }) => {
        found = value;
      },
      () => undefined, // told by the writing too
    );
  };
  const give = async (bytes: Uint8Array, position: number) => {
    await writer.write(bytes).catch((cause: Error) => corrupt(shard, position, cause));
  };
  const cutOff = (input: ByteReader, name: string) =>
    fail("FILE_CORRUPT", `${shard} ends at byte ${input.position}, within its file "${name}": it was cut off. Fetch it again.`);
  expect();
  return {
    /** The next entry's header; `undefined` at the archive's end. */
    async next(input: ByteReader) {
      for (let position = input.position; ; position = input.position) {
        const block = await input.take(BLOCK_BYTES);
        if (block.length === 0) {
          await writer.close().catch((cause: Error) => corrupt(shard, position, cause));
          return undefined;
        }
        await give(block, position);
        if (found) {
          const { header, body } = found;
          expect();
          await body.cancel();
          return header;
        }
      }
    },
    /** Some of the bytes of an entry's content, at most `count`. */
    async skip(input: ByteReader, count: number, name: string) {
      const bytes = await input.some(Math.min(count, ZEROS.length));
      if (bytes.length === 0) cutOff(input, name);
      await give(ZEROS.subarray(0, bytes.length), input.position);
      return bytes;
    },
    async skipPadding(input: ByteReader, count: number, name: string) {
      const { length } = await input.take(count);
      if (length < count) cutOff(input, name);
      if (count > 0) await give(ZEROS.subarray(0, count), input.position);
    },
  };
}

function corrupt(shard: string, position: number, cause: Error): never {
  const isCut = /truncated/i.test(cause.message);
  const why = isCut ? "it was cut off, or its writer died before it was whole" : "it is damaged there";
  const advice = isCut ? " Fetch it again." : "";
  fail("FILE_CORRUPT", `${shard} can't be read as a tar archive beyond byte ${position}: ${why} (${cause.message}).${advice}`, cause);
}
