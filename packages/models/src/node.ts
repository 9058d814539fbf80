export { readSafetensors, writeSafetensors } from "./checkpoint/safetensors-node";
export { openTorchCheckpoint } from "./checkpoint/torch-checkpoint-node";
