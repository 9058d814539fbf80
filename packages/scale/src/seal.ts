import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { hashOf } from "./hash-of";

/** The note in a file of ours that holds the SHA-256 of the file, made while the note held zeros. */
const NOTE = "rsdix.sha256";
const ZEROS = "0".repeat(64);
/** What Parquet writes between a note's name and its text: the field, and how long the text is. */
const BETWEEN = 2;
/** The end of a file that has the seal, which is the last of its notes: behind it are who made the file, and three bytes a column. */
export const SEALED_END = 4096;
/** Bytes that are hashed at a time. */
const PIECE = 1 << 20;

/** Who made the file, as Parquet writes it down. */
export const CREATED_BY = "rsdix";
/** The same with the field's head, the text's length, and the head of the next field: no note can be read as it. */
const MADE_BY_US = Buffer.from(`\x18${String.fromCharCode(CREATED_BY.length)}${CREATED_BY}\x19`, "latin1");

/** The note that makes room for a seal: the last of a file's. */
export const sealNote = { [NOTE]: ZEROS };

/** What a file's seal says: that it is as it was written, that it is not, or nothing, as the file is of another program. */
export type SealState = "whole" | "broken" | "none";

/** Writes the hash of a file with `sealNote` into it. */
export function seal(file: Uint8Array): void {
  write(file, sealPlace(file), hashOf(file));
}

/** Where a file's seal is to be, of the file's end. */
export function sealPlace(end: Uint8Array): number {
  const at = placeOf(end);
  if (at === undefined) throw new Error("the file has no room for a seal");
  return at;
}

/**
 * Whether a file is as it was sealed, to the bit. A Parquet file has no checksum of its own: with one byte changed a reader may give other numbers, or never
 * end. The file is the same afterwards.
 */
export function isSealed(file: Uint8Array): boolean {
  const at = placeOf(file);
  if (at === undefined) return false;
  const found = textIn(file, at);
  write(file, at, ZEROS);
  const hash = hashOf(file);
  write(file, at, found);
  return found === hash;
}

/**
 * The same of a file that may be larger than memory. What other programs made has no seal, or that of a file of ours that they made it of: it is nobody's word
 * on the bytes.
 */
export async function sealState(file: FileHandle, signal?: AbortSignal): Promise<SealState> {
  const { size } = await file.stat();
  const tail = await fileEnd(file, size);
  const at = placeOf(tail);
  if (!bufferOf(tail).includes(MADE_BY_US)) return "none";
  if (at === undefined) return "broken";
  const found = textIn(tail, at);
  write(tail, at, ZEROS);
  const hash = createHash("sha256");
  const piece = new Uint8Array(PIECE);
  for (let start = 0; start < size - tail.length; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE, size - tail.length - start), start);
    if (bytesRead === 0) return "broken"; // it has become shorter
    hash.update(piece.subarray(0, bytesRead));
    start += bytesRead;
  }
  return hash.update(tail).digest("hex") === found ? "whole" : "broken";
}

/** The end of a file, which has the seal. */
async function fileEnd(file: FileHandle, size: number): Promise<Uint8Array> {
  const tail = new Uint8Array(Math.min(SEALED_END, size));
  const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
  return tail.subarray(0, bytesRead);
}

function placeOf(file: Uint8Array): number | undefined {
  const tail = Math.max(0, file.length - SEALED_END);
  const note = bufferOf(file.subarray(tail)).lastIndexOf(NOTE);
  const at = tail + note + NOTE.length + BETWEEN;
  return note < 0 || at + ZEROS.length > file.length ? undefined : at;
}

const textIn = (file: Uint8Array, at: number) => bufferOf(file).toString("latin1", at, at + ZEROS.length);

const write = (file: Uint8Array, at: number, text: string) => void bufferOf(file).write(text, at, "latin1");

/** The same bytes, as what can search and write texts. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);
