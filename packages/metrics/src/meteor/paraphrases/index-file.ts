import { ByteReader } from "../../wordnet/byte-reader";
import { MAX_PHRASE_WORDS, type ParaphraseIndex, type WordNumbers, wordNumbers } from "./paraphrase-index";

// A saved index: "RSDIXPT" and its version; the checksum of all that follows; uint32 words, bytes of them, left phrases, words of them, right
// phrases, words of them; then, each filled up to a multiple of 4 bytes: the words, a line each; words of each left phrase (a byte); right phrases of
// each (uint32); words of each right phrase (a byte); numbers of the words of the left phrases, and of the right ones (uint16, or uint32 with more
// than 65,536 words). Little-endian.
const MAGIC = "RSDIXPT";
/** Version 1 had no checksum. */
const VERSION = "2";
const SUM_AT = MAGIC.length + VERSION.length;
const HEAD_AT = SUM_AT + 4;

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

export function isSavedIndex(bytes: Uint8Array): boolean {
  return text(bytes.subarray(0, MAGIC.length)) === MAGIC && bytes.length > MAGIC.length;
}

const filled = (length: number) => 4 * Math.ceil(length / 4);

export function writeIndex(index: ParaphraseIndex): Uint8Array {
  const words = new TextEncoder().encode(index.words.join("\n"));
  const lefts = index.leftStarts.length - 1;
  const leftLengths = Uint8Array.from({ length: lefts }, (_, i) => index.leftStarts[i + 1]! - index.leftStarts[i]!);
  const rightCounts = Uint32Array.from({ length: lefts }, (_, i) => index.rightStarts[i + 1]! - index.rightStarts[i]!);
  const sections = [words, leftLengths, rightCounts, index.rightLengths, index.leftWords, index.rightWords];
  const head = [index.words.length, words.length, lefts, index.leftWords.length, index.rightLengths.length, index.rightWords.length];
  const bytes = new Uint8Array(HEAD_AT + 4 * head.length + sections.reduce((sum, { byteLength }) => sum + filled(byteLength), 0));
  bytes.set(new TextEncoder().encode(MAGIC + VERSION));
  bytes.set(new Uint8Array(Uint32Array.from(head).buffer), HEAD_AT);
  let at = HEAD_AT + 4 * head.length;
  for (const section of sections) {
    bytes.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at);
    at += filled(section.byteLength);
  }
  new DataView(bytes.buffer).setInt32(SUM_AT, checksum(bytes), true);
  return bytes;
}

/**
 * A number that another byte anywhere changes: mixed from the file's words of four bytes in four lanes, as one would wait for each of its products
 * (42 MB take some milliseconds). Each step can be undone, so that a file with one wrong word never has the right one.
 */
function checksum({ buffer, length }: Uint8Array<ArrayBuffer>): number {
  const words = new Int32Array(buffer, HEAD_AT, Math.max(0, Math.floor((length - HEAD_AT) / 4)));
  const end = words.length - (words.length % 4);
  let a = 1;
  let b = 2;
  let c = 3;
  let d = 4;
  for (let i = 0; i < end; i += 4) {
    a = mix(a, words[i]!);
    b = mix(b, words[i + 1]!);
    c = mix(c, words[i + 2]!);
    d = mix(d, words[i + 3]!);
  }
  for (let i = end; i < words.length; i++) a = mix(a, words[i]!);
  return mix(mix(mix(a, b), c), d);
}

/** The turn brings down what a product only moves up: else two wrong bytes could take each other back. */
function mix(sum: number, word: number): number {
  const mixed = sum ^ word;
  return Math.imul((mixed << 13) | (mixed >>> 19), 0x9e3779b1);
}

/**
 * @param pieces - The file's bytes; the list is emptied, so that they are not held twice.
 * @throws RsdixError FILE_CORRUPT
 */
export function readIndex(pieces: Uint8Array[], what: string): ParaphraseIndex {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  for (let at = 0; pieces.length > 0; ) {
    const piece = pieces.shift()!;
    bytes.set(piece, at);
    at += piece.length;
  }
  const reader = new ByteReader(bytes, what);
  const version = text(reader.take(SUM_AT).subarray(MAGIC.length));
  if (version !== VERSION) reader.corrupt(`its version is ${version}, expected ${VERSION}`);
  const sum = reader.uint32();
  const [wordCount, wordBytes, lefts, leftWordCount, rights, rightWordCount] = Array.from({ length: 6 }, () => reader.uint32()) as [
    ...[number, number, number, number, number, number],
  ];
  const section = (length: number) => reader.take(filled(length)).subarray(0, length);
  const words = wordBytes === 0 ? [] : text(section(wordBytes)).split("\n");
  if (words.length !== wordCount) reader.corrupt(`it has ${words.length} words instead of ${wordCount}`);
  const leftLengths = section(lefts);
  const rightCounts = new Uint32Array(bytes.buffer, section(4 * lefts).byteOffset, lefts);
  const rightLengths = section(rights);
  const numbers = (length: number): WordNumbers => {
    const view = wordNumbers(0, wordCount);
    const part = section(length * view.BYTES_PER_ELEMENT);
    const all = new (view.constructor as Uint16ArrayConstructor)(part.buffer as ArrayBuffer, part.byteOffset, length);
    for (let i = 0; i < length; i++) if (all[i]! >= wordCount) reader.corrupt(`a phrase has word ${all[i]} of ${wordCount}`);
    return all;
  };
  const leftWords = numbers(leftWordCount);
  const rightWords = numbers(rightWordCount);
  reader.end();
  if (checksum(bytes) !== (sum | 0)) reader.corrupt("its checksum is wrong");
  const leftStarts = new Int32Array(lefts + 1);
  const rightStarts = new Int32Array(lefts + 1);
  const rightWordStarts = new Int32Array(lefts + 1);
  checkLengths(reader, leftLengths);
  checkLengths(reader, rightLengths);
  let right = 0;
  let word = 0;
  for (let left = 0; left < lefts; left++) {
    leftStarts[left + 1] = leftStarts[left]! + leftLengths[left]!;
    const end = right + rightCounts[left]!;
    if (end > rights) reader.corrupt(`its phrases have more than ${rights} paraphrases`);
    for (; right < end; right++) word += rightLengths[right]!;
    rightStarts[left + 1] = right;
    rightWordStarts[left + 1] = word;
  }
  if (leftStarts[lefts] !== leftWordCount || right !== rights || word !== rightWordCount)
    reader.corrupt("its counts contradict one another");
  return { words, leftStarts, leftWords, rightStarts, rightWordStarts, rightLengths, rightWords };
}

function checkLengths(reader: ByteReader, lengths: Uint8Array): void {
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i]!;
    if (length === 0 || length > MAX_PHRASE_WORDS) reader.corrupt(`a phrase has ${length} words, expected 1 to ${MAX_PHRASE_WORDS}`);
  }
}
