import type { Row } from "./columns";
import type { Shard } from "./plan";

/** An image that could not be used, and why. */
export interface BadItem {
  /** The image's file, or where in the archive it is. */
  readonly file: string;
  /** What is wrong with it, in words. */
  readonly reason: string;
}

/** What a shard's work is given besides the shard. */
export interface ShardContext {
  /** Stops the work. */
  readonly signal: AbortSignal;
  /** Told what can't be used, and why; the rest goes on. */
  readonly bad: (item: BadItem) => void;
  /** Has a text kept with the results under a name, such as what an archive says of itself: `readShards` gives it back. */
  readonly note: (name: string, text: string) => void;
}

/** Does a shard's work: gives its results in order. */
export type ShardWork = (shard: Shard, context: ShardContext) => AsyncIterable<Row>;
