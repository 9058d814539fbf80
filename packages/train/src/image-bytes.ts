import { closeSync, openSync, readSync, statSync } from "node:fs";

/** How the files of images begin that can be decoded, as Latin-1: JPEG, PNG, GIF, WebP, TIFF of both orders and of 64 bits, AVIF. */
const BEGINNING = /^(\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF.{4}WEBP|II[*+]\0|MM\0[*+]|.{4}ftypavi[fs])/s;
const BYTES = 12;

/** Whether a file is an image by how it begins, whatever its name is; what cannot be read is none. */
export function isImage(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    const file = openSync(path, "r");
    try {
      const start = Buffer.alloc(BYTES);
      return BEGINNING.test(start.toString("latin1", 0, readSync(file, start, 0, BYTES, 0)));
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}
