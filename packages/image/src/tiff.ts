export { unpackTiff } from "./unpack-tiff";
