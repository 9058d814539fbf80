import { readImageSize } from "@rsdix/image";
import { slots } from "./slots";

/** What decoded images in work may have together: two thousand of 300 x 300 pixels, or one of a whole Sentinel-2 tile. */
const ROOM = 2 ** 29;
/** What an image counts for whose file doesn't say its size in a place that is known: it is decoded alone. */
const UNKNOWN = ROOM;

/** Lets images be decoded as long as there is memory for their pixels. A file of some kilobytes can have hundreds of megabytes of them. */
export function decodingRoom() {
  const gate = slots(ROOM);
  return {
    async hold<T>(bytes: Uint8Array, decode: () => Promise<T>): Promise<T> {
      const size = readImageSize(bytes);
      const weight = size ? size.width * size.height * 3 : UNKNOWN;
      await gate.take(weight);
      try {
        return await decode();
      } finally {
        gate.free(weight);
      }
    },
    stop: gate.stop,
  };
}
