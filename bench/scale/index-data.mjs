// Vectors like embeddings: unit length, in clusters of unlike sizes, each cluster spread along few directions of its own, so that near neighbours are told
// apart; the same for the same seed, whichever part is asked for. Queries are of the same clusters, and not among the vectors.
import { open } from "node:fs/promises";
import { randomFrom } from "../../scripts/lib/random-from.mjs";

export const DIM = 512;
const CLUSTERS = 4096;
const DIRECTIONS = 24;
const SPREAD = 0.8; // of the directions, beside the centre
const NOISE = 0.3;
const AT_A_TIME = 8192;

/** Gaussian numbers, made once: vectors take them from random places. */
function gaussians(random, length) {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** Vectors of a file, from one to another, a piece after the other, in memory of their own. */
export async function* readVectors(path, end, start = 0) {
  const file = await open(path);
  for (let first = start; first < end; first += AT_A_TIME) {
    const values = new Float32Array(Math.min(AT_A_TIME, end - first) * DIM);
    await file.read(new Uint8Array(values.buffer), 0, values.byteLength, first * DIM * 4);
    yield { first, rows: values.length / DIM, values };
  }
  await file.close();
}

/** Writes vectors, or queries, as little-endian float32 row by row. */
export async function writeVectors(path, count, seed) {
  const table = gaussians(randomFrom(1), 1 << 22);
  const random = randomFrom(seed);
  const anywhere = (length) => Math.floor(random() * (table.length - length));
  const file = await open(path, "w");
  for (let first = 0; first < count; first += AT_A_TIME) {
    const rows = Math.min(AT_A_TIME, count - first);
    const values = new Float32Array(rows * DIM);
    for (let i = 0; i < rows; i++) {
      const cluster = Math.floor(random() ** 2 * CLUSTERS); // the first ones are the largest
      const row = values.subarray(i * DIM, (i + 1) * DIM);
      fill(row, table, cluster, anywhere);
    }
    await file.write(new Uint8Array(values.buffer));
  }
  await file.close();
}

function fill(row, table, cluster, anywhere) {
  const scale = SPREAD / Math.sqrt(DIRECTIONS);
  const noise = anywhere(DIM);
  const weights = anywhere(DIRECTIONS);
  const centre = cluster * 509;
  for (let j = 0; j < DIM; j++) row[j] = table[centre + j] + NOISE * table[noise + j];
  for (let d = 0; d < DIRECTIONS; d++) {
    const weight = scale * table[weights + d];
    const direction = ((cluster * DIRECTIONS + d) * 31) % (table.length - DIM);
    for (let j = 0; j < DIM; j++) row[j] += weight * table[direction + j];
  }
  let sum = 0;
  for (let j = 0; j < DIM; j++) sum += row[j] * row[j];
  const length = Math.sqrt(sum);
  for (let j = 0; j < DIM; j++) row[j] /= length;
}
