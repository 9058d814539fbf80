export { type CheckpointFolderOptions, checkpointFolder } from "./checkpoint-folder";
export { openRunLog, type RunLog } from "./run-log";
