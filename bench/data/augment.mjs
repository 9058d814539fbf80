// The six augmentations, and each alone, beside torchvision on Pillow images: one process each, the sides take turns, each round. Both sides
// make the same draws, and their results are compared to the byte before a time counts. Wants npm run build, and a Python with torch,
// torchvision and pillow (setup.mjs):
//
//   await augmentRows({ python: "python3" })       // or: node bench/data/augment.mjs PYTHON
//
// gives [{ name, size, ours, torchvision }], milliseconds an image, one for each round.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { installed } from "../../scripts/lib/installed.mjs";
import { isMain } from "../../scripts/lib/workspace.mjs";
import { median } from "../machine.mjs";
import { answersInTurns } from "../turns.mjs";

const { augment, RSDIX_AUGMENTATION } = await installed(() => import("@rsdix/image"));

const { rotation, horizontalFlip, verticalFlip, sharpness, colorJitter, resizedCrop } = RSDIX_AUGMENTATION;
const WORK = {
  rotation: { rotation },
  flips: { horizontalFlip, verticalFlip },
  sharpness: { sharpness },
  colorJitter: { colorJitter },
  resizedCrop: { resizedCrop },
  "all six": RSDIX_AUGMENTATION,
};
const random = { next: () => 0.3 };
/** So many rounds warm up. */
const WARM = 3;

export async function augmentRows({ python, sizes = [256, 600], rounds = 15, count = 20 }) {
  const peer = spawn(python, [fileURLToPath(new URL("augment.py", import.meta.url))], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const theirs = async (name, size) => {
    peer.stdin.write(`${name} ${size} ${count}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`${python} ended: it needs torch, torchvision and pillow.`);
    const [milliseconds, hash] = value.split(" ");
    return { milliseconds: Number(milliseconds), hash };
  };
  const rows = [];
  try {
    for (const size of sizes) {
      const image = source(size);
      for (const [name, options] of Object.entries(WORK)) {
        const [mine, other] = await answersInTurns([() => ours(image, options, count), () => theirs(name, size)], WARM + rounds);
        if (mine.some(({ hash }, round) => hash !== other[round].hash)) throw new Error(`${name} of ${size} pixels: the results differ.`);
        const times = (answers) => answers.slice(WARM).map(({ milliseconds }) => milliseconds);
        rows.push({ name, size, ours: times(mine), torchvision: times(other) });
      }
    }
  } finally {
    peer.stdin.end();
  }
  return rows;
}

function ours(image, options, count) {
  let result;
  const started = performance.now();
  for (let i = 0; i < count; i++) result = augment(image, random, options);
  const milliseconds = (performance.now() - started) / count;
  return { milliseconds, hash: createHash("sha256").update(result.data).digest("hex") };
}

/** Shapes with soft edges and some noise, as imagery has them; the same formula as augment.py. */
function source(size) {
  const data = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const noise = (x * 1103515245 + y * 12345 + x * y * 2654435761) % 16;
      for (let c = 0; c < 3; c++) data[(y * size + x) * 3 + c] = ((Math.floor(x / 7) * 11 + Math.floor(y / 5) * 3) % 160) + noise + 20 * c;
    }
  }
  return { width: size, height: size, data };
}

if (isMain(import.meta)) {
  const measured = await augmentRows({ python: process.argv[2] ?? "python3" });
  console.table(measured.map((row) => ({ ...row, ours: median(row.ours), torchvision: median(row.torchvision) })));
}
