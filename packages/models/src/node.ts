export { readSafetensors, writeSafetensors } from "./checkpoint/safetensors-node";
