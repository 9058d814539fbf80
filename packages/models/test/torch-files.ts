import type { ByteSource } from "../src/checkpoint/byte-source";

/** A source over bytes in memory, which counts what was read of it. */
export function memorySource(bytes: Uint8Array): ByteSource & { bytesRead: number } {
  const source = {
    size: bytes.length,
    bytesRead: 0,
    read: async (start: number, end: number) => {
      source.bytesRead += end - start;
      return bytes.slice(start, end);
    },
  };
  return source;
}

/** What a test may misstate about an entry. */
interface EntryLies {
  method?: number;
  crc?: number;
  flags?: number;
  /** In the directory. */
  size?: number;
  packed?: number;
  offset?: number;
  /** In the entry's own header. */
  localName?: string;
  localSize?: number;
  localMethod?: number;
  localExtra?: number;
  extra?: Uint8Array;
}

export type ZipContent = readonly (readonly [name: string, data: Uint8Array | string, lies?: EntryLies])[];

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Bytes from numbers: `[value, width]` little-endian, or bytes as they are. */
export function bytesOf(...parts: readonly (Uint8Array | readonly [value: number | bigint, width: number])[]): Uint8Array {
  const joined = Buffer.concat(
    parts.map((part) => {
      if (part instanceof Uint8Array) return part;
      const [value, width] = part;
      return Uint8Array.from({ length: width }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
    }),
  );
  return new Uint8Array(joined); // a Buffer's slices would share its memory
}

/** The pieces of a zip archive: entries, directory, and end record, each of which a test may change before they are joined. */
export function zipParts(content: ZipContent) {
  const locals: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const [name, raw, lies = {}] of content) {
    const data = typeof raw === "string" ? utf8(raw) : raw;
    const { flags = 0x800, method = 0 } = lies;
    const crc: [number, number] = [lies.crc ?? 0, 4]; // 0: not compared
    const localName = utf8(lies.localName ?? name);
    const fixed = (m: number) => [[flags, 2], [m, 2], [0, 4], crc] as const;
    const local = bytesOf(
      ...[[0x04034b50, 4] as const, [20, 2] as const, ...fixed(lies.localMethod ?? method)],
      ...[
        [data.length, 4] as const,
        [lies.localSize ?? data.length, 4] as const,
        [localName.length, 2] as const,
        [lies.localExtra ?? 0, 2] as const,
      ],
      localName,
      data,
    );
    const [bytes, extra] = [utf8(name), lies.extra ?? new Uint8Array()];
    central.push(
      bytesOf(
        ...[[0x02014b50, 4] as const, [20, 2] as const, [20, 2] as const, ...fixed(method)],
        ...[[lies.packed ?? lies.size ?? data.length, 4] as const, [lies.size ?? data.length, 4] as const],
        ...[[bytes.length, 2] as const, [extra.length, 2] as const, [0, 2] as const, [0, 2] as const, [0, 2] as const, [0, 4] as const],
        ...[[lies.offset ?? offset, 4] as const, bytes, extra],
      ),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  return { data: Buffer.concat(locals), directory, count: content.length };
}

/** The end of an archive, with whatever a test wants it to say. */
export function endRecord(count: number, size: number, start: number, comment = ""): Uint8Array {
  const text = utf8(comment);
  return bytesOf([0x06054b50, 4], [0, 4], [count, 2], [count, 2], [size, 4], [start, 4], [text.length, 2], text);
}

/** A whole archive. */
export function zipOf(content: ZipContent, comment = ""): Uint8Array {
  const { data, directory, count } = zipParts(content);
  return bytesOf(data, directory, endRecord(count, directory.length, data.length, comment));
}

/** The same with 64-bit end records, whose numbers a test may change. */
export function zip64Of(content: ZipContent, lies: { count?: bigint; size?: bigint; start?: bigint; endAt?: bigint } = {}): Uint8Array {
  const { data, directory, count } = zipParts(content);
  const end = data.length + directory.length;
  const total = lies.count ?? BigInt(count);
  return bytesOf(
    ...[data, directory],
    ...[
      [0x06064b50, 4] as const,
      [44, 8] as const,
      [45, 2] as const,
      [45, 2] as const,
      [0, 8] as const,
      [total, 8] as const,
      [total, 8] as const,
    ],
    ...[[lies.size ?? directory.length, 8] as const, [lies.start ?? data.length, 8] as const],
    ...[[0x07064b50, 4] as const, [0, 4] as const, [lies.endAt ?? end, 8] as const, [1, 4] as const],
    endRecord(0xffff, 0xffffffff, 0xffffffff),
  );
}

/** A torch checkpoint from any pickle and storages by their key. */
export function torchFile(data: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  return zipOf([["archive/data.pkl", data], ...Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes] as const)]);
}
