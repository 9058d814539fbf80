import { packTar, type TarHeader } from "modern-tar";

/** A tar archive of texts and bytes by name. */
export async function makeTar(files: readonly (readonly [name: string, content: string | Uint8Array, header?: Partial<TarHeader>])[]) {
  return packTar(
    files.map(([name, content, header]) => {
      const body = typeof content === "string" ? new TextEncoder().encode(content) : content;
      return { header: { name, size: body.length, mtime: new Date(0), ...header }, body };
    }),
  );
}

/** A copy with a field of the header at `offset` set, and the header's checksum as it has to be then. */
export function withHeader(tar: Uint8Array, offset: number, at: number, text: string): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(tar);
  const header = copy.subarray(offset, offset + 512);
  header.set(new TextEncoder().encode(text), at);
  header.fill(32, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return copy;
}

/** Bytes as a Blob and through gzip, or out of it. */
export async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}
