import { createHash } from "node:crypto";
import { fail, isRecord, show } from "@rsdix/internal";
import { textThere } from "../read-file";

/** What embeddings are made with: those of another model, or of pixels made otherwise, are not theirs. */
export interface EmbeddingKey {
  /** A hash of the weights. */
  readonly model: string;
  /** How images become pixels. */
  readonly preprocessing: string;
  /** Whether each embedding has length 1. */
  readonly normalized: boolean;
  /** Numbers in an embedding. */
  readonly dim: number;
}

/** An image that has been embedded. */
export interface EmbeddedImage {
  readonly image: string;
  /** Of the image's bytes. */
  readonly sha256: string;
}

/** Where embeddings are kept, an image each. */
export interface EmbeddingStore {
  /** Whether an image of these bytes is there. */
  has(image: EmbeddedImage): Promise<boolean>;
  /** Keeps embeddings, row-major `[images, dim]`. */
  add(images: readonly EmbeddedImage[], values: Float32Array): Promise<void>;
  /** Writes what is not written yet; of embeddings in one file, those of `images` after all others and in their order, where it is known. */
  close(images?: readonly string[]): Promise<void>;
  /** Where they are. */
  readonly place: string;
}

const FIELDS = ["model", "preprocessing", "normalized", "dim"] as const;
const WHAT_TO_DO = "Give --force to replace it, or another --out-path.";

/** Names bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Throws unless what is there says what embeddings are made with; gives that. */
export function checkIsKey(found: unknown, where: string): Readonly<Record<(typeof FIELDS)[number], unknown>> {
  if (!isRecord(found)) fail("FILE_CORRUPT", `${where} is no index of embeddings: it is ${show(found)}. ${WHAT_TO_DO}`);
  const there = found as Record<string, unknown>;
  const missing = FIELDS.filter((field) => !(field in there));
  if (missing.length > 0) fail("FILE_CORRUPT", `${where} is no index of embeddings: it has no ${missing.join(", ")}. ${WHAT_TO_DO}`);
  return there as Record<(typeof FIELDS)[number], unknown>;
}

/** Throws unless what is there was made with the same. */
export function checkSameKey(found: unknown, key: EmbeddingKey, where: string): void {
  const there = checkIsKey(found, where);
  const other = FIELDS.filter((field) => there[field] !== key[field]);
  if (other.length === 0) return;
  const what = other.includes("model") || other.includes("dim") ? "another model" : "another preprocessing";
  fail(
    "INVALID_ARGUMENT",
    `${where} is of embeddings of ${what} (${other.join(", ")}): give --force to replace them, or another --out-path.`,
  );
}

/** An index's text; undefined where there is none. */
export async function readIndex(path: string): Promise<string | undefined> {
  return textThere(path, "another folder");
}

/** Throws unless an entry of an index names an image. */
export function checkEntry(entry: unknown, where: string): EmbeddedImage {
  const { image, sha256: sum } = (entry ?? {}) as Record<string, unknown>;
  if (typeof image === "string" && typeof sum === "string") return { image, sha256: sum };
  return fail("FILE_CORRUPT", `${where} must have image and sha256, got ${show(entry)}.`);
}
