export { decodeImage, type WebImageSource } from "./decode-image-web";
export type { DecodeOptions } from "./decode-options";
