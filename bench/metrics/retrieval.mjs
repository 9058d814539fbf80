// Recall at k in tiles: beside numpy where a matrix of tiles fits, and as large as is asked for.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "../machine.mjs";
import { row } from "../rows.mjs";
import { answersInTurns } from "../turns.mjs";
import { compare } from "./agreement.mjs";
import { environment, here, paths, versions } from "./peers.mjs";
import { CAPTIONS, DIM, embeddings } from "./retrieval-embeddings.mjs";

const nameOf = (images) => `recall at 1, 5, 10 of ${images} images x ${images * CAPTIONS} texts, dim ${DIM}`;

function run(command, args) {
  const out = join(paths.folder, "out-retrieval.json");
  execFileSync(command, [...args, out], { stdio: ["ignore", "ignore", "inherit"], env: environment() });
  return JSON.parse(readFileSync(out, "utf8"));
}

const runOurs = (images) => run(process.execPath, [join(here, "retrieval-ours.mjs"), String(images)]);

function rows(images, ours, peer, given) {
  const peaks = (answers) => answers.map(({ peakBytes }) => peakBytes / 1e6);
  const seconds = (answers) => answers.map((answer) => answer.seconds);
  return [
    row(nameOf(images), "s", seconds(ours), seconds(peer), given),
    row(`${nameOf(images)}: peak memory`, "MB", peaks(ours), peaks(peer), given),
  ];
}

/** --quick: 1,000 images beside numpy, and nothing large. */
export async function retrieval({ quick }) {
  const images = quick ? 1000 : 10_000;
  const made = embeddings(images);
  for (const [name, values] of Object.entries(made)) writeFileSync(join(paths.folder, `retrieval-${name}.f32`), values);
  const peer = () => run(paths.python, [join(here, "retrieval_peer.py"), paths.folder, String(images)]);
  const [ours, numpy] = await answersInTurns([() => runOurs(images), peer], quick ? 1 : 3);
  // Where two cosines are within the tolerance in float32 but not in float64 a rank may be another one.
  const difference = compare(nameOf(images), ours[0].recalls, numpy[0].recalls, 1e-3);
  const backend = "Node, calling thread";
  const small = rows(images, ours, numpy, { backend, peerName: `numpy ${versions.numpy}, float32 in tiles`, spread: { difference } });
  if (quick) return small;
  const large = 100_000;
  const alone = [runOurs(large)];
  // In place of a run of hours: numpy's median for a hundredth of the similarities, and the memory of a matrix of all.
  const whole = [{ seconds: median(numpy.map(({ seconds }) => seconds)) * (large / images) ** 2, peakBytes: large * large * CAPTIONS * 4 }];
  const peerName = `numpy's time for ${images} images by ${(large / images) ** 2}, and the matrix in float32`;
  return [...small, ...rows(large, alone, whole, { backend, peerName })];
}
