export { decodeTiff } from "./decode-tiff";
export { isTiff, readTiffDirectory } from "./tiff-directory";
