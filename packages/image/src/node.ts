export { decodeImage } from "./decode-image";
export type { DecodeOptions } from "./decode-options";
export { encodeJpeg, encodePng } from "./encode-image";
