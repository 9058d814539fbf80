/** Examples whose function nothing calls, as it needs what not every machine has: where each stands, and what runs it. */
export const UNCALLED = {
  "packages/image/src/decode-image-web.ts decodeImage": "a page's means: the tests of the studio decode by it in Chromium",
  "packages/models/src/checkpoint/torch-checkpoint.ts readTorchCheckpoint": "a checkpoint of PyTorch: torch-checkpoint.test.ts has several",
  "packages/scale/src/redis/redis-tasks.ts redisTasks": "a Redis: packages/train/test/search-redis.test.ts begins one",
  "packages/scale/src/redis/queue-state.ts redisState": "a Redis: packages/scale/test/redis.test.ts begins one",
  "packages/scale/src/redis/redis-worker.ts serveRedis": "a Redis: packages/scale/test/redis.test.ts begins one",
};
