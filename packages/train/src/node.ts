export {
  type CheckpointEntry,
  type CheckpointFolder,
  type CheckpointFolderOptions,
  checkpointFolder,
} from "./checkpoints/checkpoint-folder";
export { jsonLinesLogger } from "./loggers/json-lines-logger";
export { type ProgressLoggerOptions, type ProgressStream, progressLogger } from "./loggers/progress-logger";
export { openRunLog, type RunLog } from "./loggers/run-log";
export { tensorBoardLogger } from "./loggers/tensorboard-logger";
export { type TsvLoggerOptions, tsvLogger } from "./loggers/tsv-logger";
