import type { Orientation } from "./orientation";

/** What the header of an image file says, before any pixel is decoded. */
export interface ImageHeader {
  readonly format: "jpeg" | "png" | "webp" | "gif";
  readonly width: number;
  readonly height: number;
  /** Whether pixels may be transparent. */
  readonly alpha: boolean;
  /** False where the file ends before its structure does. */
  readonly whole: boolean;
  readonly orientation?: Orientation;
}
