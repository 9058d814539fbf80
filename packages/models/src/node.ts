export { openSafetensorsFile, readSafetensors } from "./checkpoint/safetensors-node";
export { type ShardOptions, writeSafetensors, writeShardedSafetensors } from "./checkpoint/safetensors-write-node";
export { openTorchCheckpoint } from "./checkpoint/torch-checkpoint-node";
