export {
  type CheckpointEntry,
  type CheckpointFolder,
  type CheckpointFolderOptions,
  checkpointFolder,
} from "./checkpoints/checkpoint-folder";
export { openRunLog, type RunLog } from "./loggers/run-log";
