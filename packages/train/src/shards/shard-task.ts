import type { ImageDataset, WebDatasetOptions } from "@rsdix/data";
import type { ShardPlan } from "@rsdix/scale";
import type { ImageWork } from "./shard-images";

/** What is done in shards; made anew in each process. */
export interface ShardTask extends Pick<ShardPlan, "task" | "key" | "columns"> {
  readonly work: ImageWork;
  /** How archives are read for it, where that is not as they say themselves. */
  readonly archives?: Pick<WebDatasetOptions, "defaultSplit">;
  /** What of an archive is kept with its results, by name. */
  readonly notes?: (archive: ImageDataset) => Readonly<Record<string, string>>;
  /** Frees what was opened for it. */
  close(): void;
}
