// The vector index beside LanceDB: time and memory of building, size, queries a second and recall@10 against exact search.
//
//   npm run bench -- scale index [VECTORS]
//
// A million vectors of 512 unless told otherwise: 10 GB on the disk of the temporary folder. LanceDB (190 MB): node bench/scale/setup.mjs
import { execFileSync } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { row } from "../models/results.mjs";
import { DIM, writeVectors } from "./index-data.mjs";

const side = fileURLToPath(new URL("./index-side.mjs", import.meta.url));
const QUERIES = 200;
const PEER = "LanceDB 0.39.0, IVF_HNSW_SQ";

/** The rows of the results, of so many vectors; `folder` is one that may be filled. */
export async function index(count, folder) {
  const told = (what) => {
    const lines = execFileSync(process.execPath, [side, what, folder, String(count)], { encoding: "utf8" })
      .trim()
      .split("\n");
    console.log(`  ${what}: ${lines.at(-1)}`);
    return JSON.parse(lines.at(-1));
  };
  await writeVectors(join(folder, "vectors.f32"), count, 2);
  await writeVectors(join(folder, "queries.f32"), QUERIES, 3);
  const exact = told("exact");
  told("parquet");
  const [ours, peer] = [told("ours"), told("lancedb")];
  const name = (what) => `index of ${count} vectors of ${DIM}: ${what}`;
  const measured = (what, unit, of, options = {}) =>
    row(name(what), unit, [ours[of]], [peer[of]], { peerName: PEER, backend: "none", spread: { loadAverage: loadavg()[0] }, ...options });
  const higher = { higher: true };
  return [
    measured("built of its Parquet file, the peer's of plain arrays", "s", "build"),
    measured("memory while it is built", "MB", "memory"),
    measured("on the disk, with the vectors", "MB", "size"),
    measured("k = 10, one query after the other", "queries/s", "rate", higher),
    measured("recall@10 against exact search", "share", "recall", higher),
    row(name("k = 10 beside exact search in batches"), "queries/s", [ours.rate], [exact.rate], {
      ...{ peerName: "usearch's exact search of 200 at a time", backend: "none", higher: true, spread: { loadAverage: loadavg()[0] } },
    }),
  ];
}
