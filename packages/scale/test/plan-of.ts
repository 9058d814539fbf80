import type { ShardPlan } from "../src";

/** A list of two items a shard, embedded by the programs of these tests. */
export const planOf = (parts: number): ShardPlan => ({
  task: "embed",
  source: { kind: "list", name: "list", sha256: "of it", items: parts * 2, parts },
  key: { model: "its hash" },
  columns: { embedding: "float32[]", threads: "string" },
});
