import { createHash } from "node:crypto";

/** The note in a shard's file that holds the SHA-256 of the file, made while the note held zeros. */
const NOTE = "rsdix.sha256";
const ZEROS = "0".repeat(64);
/** What Parquet writes between a note's name and its text: the field, and how long the text is. */
const BETWEEN = 2;

/** The note that makes room for a seal: the last of a file's. */
export const sealNote = { [NOTE]: ZEROS };

/** Writes the hash of a file with `sealNote` into it. */
export function seal(file: Uint8Array): void {
  const at = placeOf(file);
  if (at === undefined) throw new Error("the file has no room for a seal");
  write(file, at, hashOf(file));
}

/**
 * Whether a file is as it was sealed, to the bit. A Parquet file has no checksum of its own: with one byte changed a reader may give other numbers, or never
 * end. The file is the same afterwards.
 */
export function isSealed(file: Uint8Array): boolean {
  const at = placeOf(file);
  if (at === undefined) return false;
  const found = bufferOf(file).toString("latin1", at, at + ZEROS.length);
  write(file, at, ZEROS);
  const hash = hashOf(file);
  write(file, at, found);
  return found === hash;
}

function placeOf(file: Uint8Array): number | undefined {
  const note = bufferOf(file).lastIndexOf(NOTE);
  const at = note + NOTE.length + BETWEEN;
  return note < 0 || at + ZEROS.length > file.length ? undefined : at;
}

const hashOf = (file: Uint8Array) => createHash("sha256").update(file).digest("hex");

const write = (file: Uint8Array, at: number, text: string) => void bufferOf(file).write(text, at, "latin1");

/** The same bytes, as what can search and write texts. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);
