export type { RsdixErrorCode } from "@rsdix/internal";
export type { Columns, ColumnType, Row } from "./columns";
export { type MergeOptions, type MergeResult, mergeShards, readShards, type ShardRows } from "./merge";
export { type RunPlaces, refuseRunFiles } from "./own-files";
export { type ArchiveSource, type ListSource, type Shard, type ShardPlan, type ShardSource, shardsOf } from "./plan";
export type { RedisPlace, RedisTask } from "./redis/connection";
export { type QueueState, redisState } from "./redis/queue-state";
export { type RedisRunOptions, runShardsOnRedis } from "./redis/redis-run";
export { type RedisTasks, type RedisTasksOptions, redisTasks } from "./redis/redis-tasks";
export { type RedisWorkerOptions, serveRedis } from "./redis/redis-worker";
export type { SearchState } from "./redis/search-state";
export { type FailedShard, type RunShardsOptions, runShards, type ShardProgress, type ShardSummary } from "./run-shards";
export { type BuildIndexOptions, type BuiltIndex, buildIndex, type ExtraColumns } from "./search/build-index";
export type { MetadataValue } from "./search/conditions";
export type { IndexRecall, MetadataType } from "./search/manifest";
export {
  type OpenIndexOptions,
  openIndex,
  type QueryOptions,
  type QueryResult,
  type SearchResult,
  type VectorIndex,
} from "./search/open-index";
export type { MetadataRow } from "./search/row-store";
export { runShardPool, type ShardPoolOptions, serveShards } from "./shard-pool";
export { openShardRun, type ShardResult, type ShardRun } from "./shard-run";
export type { BadItem, ShardContext, ShardWork } from "./shard-work";
export { type Share, shareOfRun } from "./share";
export { type SlurmState, slurmState } from "./slurm/slurm-state";
export { runSlurmTask } from "./slurm/slurm-task";
export { checkSlurm, type SlurmOptions, type SlurmSubmission, submitToSlurm } from "./slurm/submit";
