import type { RsdixError } from "@rsdix/internal";
import { callerFunction } from "../caller-function";
import { checkFunction, checkOnError } from "../check-inputs";
import { untilAborted } from "../until-aborted";

/** What was left out of a data set, and why. */
export interface SkippedItem {
  /** The file and the place in it: "RSICD/dataset_rsicd.json: images[3].sentences[1]". */
  readonly where: string;
  /** What is wrong, as the error would have said. */
  readonly message: string;
  /** The image's name among the data set's files, where it is an image whose path tells no class. */
  readonly filename?: string;
}

/** What happens to items of an annotation that are not as they must be, or to images whose path tells no class. */
export interface OnErrorOptions {
  /** "throw" stops at the first of them; "skip" leaves them out and names them. "throw" unless told otherwise. */
  readonly onError?: "throw" | "skip";
  /**
   * Called with each item that is left out; what it throws ends the reading, as it is. A loader waits at its end for the promises that it gives, and what one
   * rejects with ends the loading too; a parser, which gives no promise itself, doesn't wait and never hears of that.
   */
  readonly onSkip?: (item: SkippedItem) => void;
}

/** How one annotation is being read: what to do with what is wrong, and what was left out so far. */
export interface Reading {
  /** What `make` gives; undefined when the content is wrong and items are skipped. */
  attempt<T>(where: string, make: () => T): T | undefined;
  /** Leaves an item out. */
  skip(item: SkippedItem): void;
  /** Waits for the promises that `onSkip` gave; what one rejects with is thrown. ABORTED. */
  settled(signal?: AbortSignal): Promise<void>;
  /** Items left out so far. */
  readonly skipped: readonly SkippedItem[];
  /** Whether a caption without a letter is wrong. */
  readonly refuseBlank: boolean;
}

/** Starts the reading of an annotation. */
export function startReading(options: OnErrorOptions, refuseBlank = false): Reading {
  const { onError = "throw", onSkip } = options;
  checkOnError(onError);
  checkFunction(onSkip, "onSkip");
  const skipped: SkippedItem[] = [];
  const told = callerFunction(onSkip);
  const skip = (item: SkippedItem) => {
    skipped.push(item);
    told.tell(item);
  };
  const settled = (signal?: AbortSignal) => untilAborted(signal, () => "Loading was stopped.", told.settled);
  const attempt = <T>(where: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      if (told.threw(error)) throw error; // of an item within this one
      const { code, message } = error as RsdixError;
      if (code !== "FILE_CORRUPT") throw error;
      skip({ where, message });
      return undefined;
    }
  };
  return { attempt: onError === "skip" ? attempt : (_where, make) => make(), skip, settled, skipped, refuseBlank };
}

/** What can be read of some items. */
export function attemptAll<T, R>(
  items: readonly T[],
  reading: Reading,
  whereOf: (index: number) => string,
  make: (item: T, where: string, index: number) => R,
): R[] {
  const made: R[] = [];
  for (let i = 0; i < items.length; i++) {
    const where = whereOf(i);
    const value = reading.attempt(where, () => make(items[i]!, where, i));
    if (value !== undefined) made.push(value);
  }
  return made;
}
