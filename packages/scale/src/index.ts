export type { Columns, ColumnType, Row } from "./columns";
export { type MergeOptions, type MergeResult, mergeShards } from "./merge";
export { type ArchiveSource, type ListSource, type Shard, type ShardPlan, type ShardSource, shardsOf } from "./plan";
export { type RedisRunOptions, runShardsOnRedis } from "./redis/redis-run";
export { type RedisWorkerOptions, serveRedis } from "./redis/redis-worker";
export { type FailedShard, type RunShardsOptions, runShards, type ShardProgress, type ShardSummary } from "./run-shards";
export { runShardPool, type ShardPoolOptions, serveShards } from "./shard-pool";
export { type BadItem, openShardRun, type ShardResult, type ShardRun, type ShardWork } from "./shard-run";
