// Recall at k of made-up embeddings, in a process of its own: node retrieval-ours.mjs <images> <file of the result>.
import { writeFileSync } from "node:fs";
import { argv } from "node:process";
import { retrievalRecallAsync } from "@rsdix/metrics/retrieval";
import { processBytes } from "../process-bytes.mjs";
import { CAPTIONS, DIM, embeddings } from "./retrieval-embeddings.mjs";

const count = Number(argv[2]);
const { images, texts } = embeddings(count);
const owner = Int32Array.from({ length: count * CAPTIONS }, (_, i) => Math.floor(i / CAPTIONS));
const begin = performance.now();
const { imageToText, textToImage } = await retrievalRecallAsync(images, texts, owner, { dim: DIM });
const seconds = (performance.now() - begin) / 1000;
const recalls = [1, 5, 10].flatMap((k) => [imageToText[k], textToImage[k]]);
writeFileSync(argv[3], JSON.stringify({ seconds, peakBytes: processBytes().peak, recalls }));
