import { checkOptions, fail } from "@rsdix/internal";
import { checkProgressOptions } from "../../progress";
import { eachPiece, openAsset } from "../../read-asset";
import { showKeys } from "../../show-keys";
import { IndexBuilder } from "./index-builder";
import { isSavedIndex, readIndex, writeIndex } from "./index-file";
import { type PhraseTable, phraseTable } from "./phrase-matcher";

/** A paraphrase table for METEOR, made by {@link loadParaphrases}. */
export interface Paraphrases {
  /** Phrases that may be replaced. */
  readonly phrases: number;
  /** Pairs of a phrase and what it may be replaced by. */
  readonly pairs: number;
}

/** Options of {@link loadParaphrases}. */
export interface LoadParaphrasesOptions {
  /** Told now and then how many bytes of the file are read, of how many where that is known. */
  readonly onProgress?: (progress: { readonly read: number; readonly total: number | undefined }) => void;
  /** Stops the reading. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a paraphrase table of METEOR (`paraphrase-en.gz` of pycocoevalcap, 62 MB; not part of this package, as it is under the LGPL), or an index
 * that {@link saveParaphrases} made of one, which is ready in a tenth of the time. The table is read as it arrives and never held whole: a process
 * that reads METEOR's takes about 200 MB more meanwhile, and 45 MB for the index from then on.
 *
 * @param from - A path (in Node), an address, or bytes; gzip or unpacked.
 * @param options - `onProgress`, `signal`.
 * @returns The table for {@link meteor} and {@link createMeteor}.
 * @throws RsdixError FILE_NOT_FOUND or DOWNLOAD_FAILED where it can't be read; FILE_CORRUPT where it is neither, with the line, or empty; FILE_TOO_LARGE;
 * ABORTED; INVALID_ARGUMENT, UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { loadParaphrases, meteor } from "@rsdix/metrics";
 * const table = new TextEncoder().encode("0.1\nnext to\nnear\n0.2\nin the vicinity of\nnear\n");
 * const paraphrases = await loadParaphrases(table);
 * const { meteor: score } = await meteor(["houses next to a river ."], [["houses near a river ."]], { paraphrases });
 * console.log(score, paraphrases.pairs); // 0.88..., 2
 * ```
 * @see Denkowski and Lavie, "Meteor Universal: language specific translation evaluation for any target language", 2014, https://aclanthology.org/W14-3348
 */
export async function loadParaphrases(from: string | URL | Uint8Array, options: LoadParaphrasesOptions = {}): Promise<Paraphrases> {
  checkOptions(options, ["onProgress", "signal"], "loadParaphrases");
  const { onProgress, signal } = options;
  checkProgressOptions({ onProgress: onProgress as undefined, signal });
  const { stream, size, name } = await openAsset(from, "The paraphrase table", signal);
  const onRead = onProgress && ((read: number) => onProgress({ read, total: size }));
  const builder = new IndexBuilder(name);
  const saved: Uint8Array[] = [];
  let isSaved: boolean | undefined;
  await eachPiece(stream, name, { maxBytes: MAX_BYTES, signal, onRead }, (piece) => {
    isSaved ??= isSavedIndex(piece);
    if (isSaved) saved.push(piece);
    else builder.add(piece);
  });
  const index = isSaved ? readIndex(saved, name) : builder.finish();
  // Of a download that came to nothing: scores would be those without a table, and say that they had one.
  if (index.rightLengths.length === 0) fail("FILE_CORRUPT", `${name} has no paraphrases in it. Fetch it again.`);
  return paraphrasesOf(phraseTable(index));
}

// METEOR's English table has 0.3 GB unpacked, and an index of it 42 MB; gzip of zeros may be a thousand times what it looks like.
const MAX_BYTES = 2 ** 31;

/**
 * A table's index as bytes, to be written to a file: {@link loadParaphrases} reads it in a tenth of the time that the table takes, and refuses one
 * with any byte changed.
 *
 * @param paraphrases - From {@link loadParaphrases}.
 * @returns The bytes: 42 MB for METEOR's English table.
 * @throws RsdixError INVALID_ARGUMENT
 * @example
 * ```ts
 * import { loadParaphrases, saveParaphrases } from "@rsdix/metrics";
 * const paraphrases = await loadParaphrases(new TextEncoder().encode("0.1\nnext to\nnear\n"));
 * const bytes = saveParaphrases(paraphrases); // await writeFile("paraphrase-en.index", bytes)
 * console.log((await loadParaphrases(bytes)).pairs); // 1
 * ```
 */
export function saveParaphrases(paraphrases: Paraphrases): Uint8Array {
  return writeIndex(tableOf(paraphrases).index);
}

/** Where a table is kept. For all copies of this code: in Node each entry of the package has one. */
const TABLE = Symbol.for("@rsdix/metrics/paraphrases");

function paraphrasesOf(table: PhraseTable): Paraphrases {
  const paraphrases = { phrases: table.index.leftStarts.length - 1, pairs: table.index.rightLengths.length };
  return Object.defineProperty(paraphrases, TABLE, { value: table });
}

/** What a table holds. */
export function tableOf(paraphrases: Paraphrases): PhraseTable {
  const table = (paraphrases as { [TABLE]?: PhraseTable } | null | undefined)?.[TABLE];
  return table ?? fail("INVALID_ARGUMENT", `paraphrases must be what loadParaphrases resolves to, got ${showKeys(paraphrases)}.`);
}
