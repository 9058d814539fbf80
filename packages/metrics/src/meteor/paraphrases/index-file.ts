import { ByteReader } from "../../wordnet/byte-reader";
import { MAX_PHRASE_WORDS, type ParaphraseIndex, type WordNumbers, wordNumbers } from "./paraphrase-index";

// A saved index: "RSDIXPT1"; uint32 words, bytes of them, left phrases, words of them, right phrases, words of them; then, each filled up to a
// multiple of 4 bytes: the words, a line each; words of each left phrase (a byte); right phrases of each (uint32); words of each right phrase (a
// byte); numbers of the words of the left phrases, and of the right ones (uint16, or uint32 with more than 65,536 words). Little-endian.
const MAGIC = "RSDIXPT1";

export function isSavedIndex(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) === MAGIC;
}

const filled = (length: number) => 4 * Math.ceil(length / 4);

export function writeIndex(index: ParaphraseIndex): Uint8Array {
  const words = new TextEncoder().encode(index.words.join("\n"));
  const lefts = index.leftStarts.length - 1;
  const leftLengths = Uint8Array.from({ length: lefts }, (_, i) => index.leftStarts[i + 1]! - index.leftStarts[i]!);
  const rightCounts = Uint32Array.from({ length: lefts }, (_, i) => index.rightStarts[i + 1]! - index.rightStarts[i]!);
  const sections = [words, leftLengths, rightCounts, index.rightLengths, index.leftWords, index.rightWords];
  const head = [index.words.length, words.length, lefts, index.leftWords.length, index.rightLengths.length, index.rightWords.length];
  const bytes = new Uint8Array(MAGIC.length + 4 * head.length + sections.reduce((sum, { byteLength }) => sum + filled(byteLength), 0));
  bytes.set(new TextEncoder().encode(MAGIC));
  bytes.set(new Uint8Array(Uint32Array.from(head).buffer), MAGIC.length);
  let at = MAGIC.length + 4 * head.length;
  for (const section of sections) {
    bytes.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at);
    at += filled(section.byteLength);
  }
  return bytes;
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
  reader.take(MAGIC.length);
  const [wordCount, wordBytes, lefts, leftWordCount, rights, rightWordCount] = Array.from({ length: 6 }, () => reader.uint32()) as [
    ...[number, number, number, number, number, number],
  ];
  const section = (length: number) => reader.take(filled(length)).subarray(0, length);
  const words = wordBytes === 0 ? [] : new TextDecoder().decode(section(wordBytes)).split("\n");
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
  if (reader.left > 0) reader.corrupt(`${reader.left} bytes follow its end`);
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
