export { type DataCliIo, type DataCliStream, type RunDataCliOptions, runDataCli } from "./cli/run-data-cli";
export { folderFeatureCache } from "./features/folder-feature-cache";
export { type LoadImagesOptions, loadImages } from "./load-images";
export { readKarpathy } from "./read-karpathy";
export { type WritePatchesOptions, writePatches } from "./sentinel2/write-patches-node";
export { type LoadWordNetOptions, loadWordNet } from "./text/load-wordnet";
export { type WriteWebDatasetOptions, type WrittenShard, writeWebDataset } from "./webdataset/write-webdataset";
export { writeFileAtomic } from "./write-file-atomic";
export { writeKarpathy } from "./write-karpathy";
