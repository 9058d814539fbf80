// Writes the lists of words of parser-words.ts into the model of the caption parser, whose classifiers stay as they are (so their templates must):
//
//   npx esbuild scripts/spice/replace-words.ts --bundle --platform=node --format=esm --outfile=replace-words.mjs
//   node replace-words.mjs src/spice-parser.bin
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { MAGIC, readParserModel } from "../../src/spice/parser-model";
import { packHead } from "./pack-model";

const [, , path] = process.argv;
const bytes = gunzipSync(readFileSync(path!));
readParserModel(bytes);
let at: number = MAGIC.length;
for (let section = 0; section < 4; section++) {
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++]!;
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  at += length;
}
const packed = gzipSync(Uint8Array.from([...packHead(), ...bytes.subarray(at)]), { level: 9 });
writeFileSync(path!, packed);
console.log(`${packed.length} bytes`);
