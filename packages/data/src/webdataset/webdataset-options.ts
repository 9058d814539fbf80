import { checkOptions, checkRange, checkSignal, fail } from "@rsdix/internal";
import { SPLITS, type Split } from "../caption-dataset";
import { checkFunctions, checkOnError } from "../check-inputs";
import { MAX_FILE_BYTES } from "../files/file-store";
import type { SkippedSample } from "./samples";

/** Options of `readWebDataset` and `webDataset`. */
export interface WebDatasetOptions {
  /** What a sample does that can't be used: "throw" ends the reading (the default), "skip" leaves it out and tells `onSkip`. */
  readonly onError?: "throw" | "skip";
  /** Told of each sample that is left out, and waited for; what it throws, or rejects with, ends the reading, as it is. */
  readonly onSkip?: (problem: SkippedSample) => void;
  /** The split of samples that name none; "train" unless told otherwise. */
  readonly defaultSplit?: Split;
  /** The classes in the order of their numbers, for shards whose .cls has numbers and that were written by others. */
  readonly classes?: readonly string[];
  /** Whether an image needs a caption or a class, as data to train on do; true unless told otherwise. */
  readonly requireText?: boolean;
  /** How names of images end after the first dot; jpg, jpeg, png, webp, tif and tiff unless told otherwise. */
  readonly images?: readonly string[];
  /** The most bytes that one file of a sample may have; 512 MiB unless told otherwise. */
  readonly maxBytes?: number;
  /** Stops the reading. */
  readonly signal?: AbortSignal;
  /** Used for addresses instead of the platform's own. */
  readonly fetch?: typeof fetch;
}

const KNOWN = ["onError", "onSkip", "defaultSplit", "classes", "requireText", "images", "maxBytes", "signal", "fetch"];
const IMAGES = ["jpg", "jpeg", "png", "webp", "tif", "tiff"];

/** The options, checked, with what holds where they say nothing. */
export function checkedOptions(options: WebDatasetOptions | undefined, where: string) {
  const given = checkOptions(options, KNOWN, where);
  const {
    onError = "throw",
    onSkip,
    defaultSplit = "train",
    classes,
    requireText = true,
    images = IMAGES,
    maxBytes = MAX_FILE_BYTES,
    signal,
  } = given;
  checkOnError(onError);
  if (typeof requireText !== "boolean") fail("INVALID_ARGUMENT", `requireText must be true or false, got ${JSON.stringify(requireText)}.`);
  checkFunctions({ onSkip, fetch: given.fetch });
  checkSignal(signal);
  if (!SPLITS.includes(defaultSplit)) {
    fail("INVALID_ARGUMENT", `defaultSplit must be one of ${SPLITS.join(", ")}, got ${JSON.stringify(defaultSplit)}.`);
  }
  if (!Array.isArray(images) || images.length === 0) fail("INVALID_ARGUMENT", 'images must list how names of images end, such as "jpg".');
  checkRange(maxBytes, "maxBytes", { min: 0, integer: true });
  return {
    defaultSplit,
    classes,
    requireText,
    maxBytes,
    signal,
    images: new Set(images.map((end) => end.toLowerCase().replace(/^\./, ""))),
    onSkip: onError === "skip" ? (onSkip ?? (() => undefined)) : undefined,
  };
}
