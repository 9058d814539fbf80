export type { RsdixErrorCode } from "@rsdix/internal";
export { type ClipPreprocessOptions, clipPreprocess } from "./clip-preprocess";
export { centerCrop, crop } from "./crop";
export { dihedral, flipHorizontal, flipVertical, rotate90 } from "./dihedral";
export type { ResizeFilter } from "./filters";
export { CLIP_MEAN, CLIP_STD, type NormalizeOptions, normalize, type Rgb, toBatch } from "./normalize";
export { type ResizeOptions, resize } from "./resize";
export type { RgbImage } from "./rgb-image";
