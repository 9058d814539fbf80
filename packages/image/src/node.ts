export { type DecodeOptions, decodeImage } from "./decode-image";
export { encodeJpeg, encodePng } from "./encode-image";
