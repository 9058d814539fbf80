export { type LoadImagesOptions, loadImages } from "./load-images";
export { readKarpathy } from "./read-karpathy";
export { writeFileAtomic } from "./write-file-atomic";
export { writeKarpathy } from "./write-karpathy";
