// What is measured of reading images, a section for each question. Each gives rows.
import { join } from "node:path";
import { startChild, withChildren } from "../backend/child.mjs";
import { benchEnvironment } from "../backend/peers.mjs";
import { takeTurns } from "../models/sides.mjs";
import { row } from "../rows.mjs";
import { answersInTurns } from "../turns.mjs";
import { augmentRows } from "./augment.mjs";
import { BATCH, here, IMAGES, paths, SIDES, versions, WORKERS } from "./peers.mjs";

const MB = 1e6;
const TORCH = `torchvision ${versions.torchvision} on Pillow ${versions.pillow} (DataLoader, ${WORKERS} workers that stay)`;

const startOurs = () => startChild(process.execPath, [join(here, "ours.mjs")], benchEnvironment(2));
const startTorch = () =>
  startChild(paths.python, [join(here, "torch_loader.py"), paths.images, String(BATCH), String(WORKERS)], benchEnvironment(1));

/** One level of 256 in normalised pixels, and a little: decoders of JPEG may differ by so much. */
const LEVEL = 0.016;

function compare(name, ours, peer) {
  const worst = Math.max(...ours.map((value, i) => Math.abs(value - peer[i])));
  if (ours.length !== peer.length || !(worst <= LEVEL))
    throw new Error(`${name}: the sides differ by ${worst} in ${ours.length} and ${peer.length} numbers`);
  return worst;
}

const rate = ({ ms }) => ms.map((time) => (IMAGES * 1e3) / time);
const whereOf = (workers) => (workers === 0 ? "Node, calling thread" : `Node, ${workers} workers`);

/** Images a second from files to normalised pixels, beside torchvision's and beside what sharp does by itself. */
export async function throughput({ quick }) {
  const rows = [];
  for (const side of SIDES) {
    await withChildren([startOurs, startOurs, startOurs, startTorch], async (worked, local, own, torch) => {
      const sides = [
        { child: worked, workload: `epoch-${side}-${WORKERS}` },
        { child: local, workload: `epoch-${side}-0` },
        { child: own, workload: `sharp-${side}` },
        { child: torch, workload: `epoch-${side}` },
      ];
      await takeTurns(sides, quick ? { budget: 0, least: 1, most: 1 } : { budget: 40_000, least: 5, most: 9 });
      const [ours, alone, sharp, peer] = sides;
      const name = `decode, resize to 224 and normalise ${IMAGES} JPEG files of ${side} x ${side}`;
      const difference = compare(name, ours.check, peer.check);
      const given = { peerName: TORCH, higher: true, spread: { difference } };
      rows.push(row(name, "images/s", rate(ours), rate(peer), { ...given, backend: whereOf(WORKERS) }));
      rows.push(row(name, "images/s", rate(alone), rate(peer), { ...given, backend: whereOf(0) }));
      const inexact = { peerName: `sharp ${own.hello.sharp}, its own resizing (not Pillow's), 4 at a time`, higher: true };
      rows.push(row(name, "images/s", rate(ours), rate(sharp), { ...inexact, backend: whereOf(WORKERS) }));
      rows.push(row(name, "images/s", rate(alone), rate(sharp), { ...inexact, backend: whereOf(0) }));
    });
  }
  return rows;
}

/** From a list of images to the first batch of 64, in a process of its own; the peer's starts worker processes. */
export async function firstBatch({ quick }) {
  const rows = [];
  const ask = (start, workload) => () => withChildren([start], async (child) => (await child.ask({ workload, warm: 0, repeats: 1 })).ms[0]);
  for (const side of SIDES) {
    for (const workers of [0, WORKERS]) {
      const asks = [ask(startOurs, `first-${side}-${workers}`), ask(startTorch, `first-${side}`)];
      const [ours, peer] = await answersInTurns(asks, quick ? 1 : 5);
      rows.push(
        row(`first batch of ${BATCH} JPEG files of ${side} x ${side}`, "ms", ours, peer, { peerName: TORCH, backend: whereOf(workers) }),
      );
    }
  }
  return rows;
}

/** Memory in use at the end of 20,000 images, beside that after the first 2,000 of the same run. */
export async function memory() {
  const { rss } = await withChildren([startOurs], async (ours) => {
    const { profile } = await ours.ask({ workload: `memory-${SIDES[0]}`, warm: 0, repeats: 1, profile: true });
    return profile;
  });
  const given = {
    peerName: "the same run after 2,000 images",
    backend: whereOf(WORKERS),
    spread: { rssMB: rss.map((bytes) => Math.round(bytes / MB)) },
  };
  return [row("memory in use after 20,000 images", "MB", [rss.at(-1) / MB], [rss[0] / MB], given)];
}

/** Opening an annotation of NWPU-Captions' size, 157,500 captions, checked and matched with its images; the peer parses the JSON and no more. */
export async function captions({ quick }) {
  const startJson = () =>
    startChild(paths.python, [join(here, "json_loader.py"), join(paths.captions, "dataset_nwpu.json")], benchEnvironment(1));
  const ask = (start) => () => withChildren([start], (child) => child.ask({ workload: "captions", warm: 0, repeats: 1, profile: true }));
  const [ours, peer] = await answersInTurns([ask(startOurs), ask(startJson)], quick ? 1 : 5);
  const wrong = ours.find(({ profile }) => profile.captions !== 157_500);
  if (wrong) throw new Error(`expected 157500 captions, got ${wrong.profile.captions}`);
  const of = (read) => [ours.map(read), peer.map(read)];
  const given = { peerName: "json.load of Python alone", backend: "Node, calling thread" };
  return [
    row("open an annotation of 157,500 captions", "ms", ...of(({ ms }) => ms[0]), given),
    row("open an annotation of 157,500 captions: peak memory of the process", "MB", ...of(({ peakBytes }) => peakBytes / MB), given),
  ];
}

/** The augmentations on images in memory, all six and each alone. */
export async function augmentations({ quick }) {
  const measured = await augmentRows({ python: paths.python, ...(quick && { rounds: 1 }) });
  const given = { peerName: `torchvision ${versions.torchvision} on Pillow ${versions.pillow}`, backend: "Node, calling thread" };
  return measured.map(({ name, size, ours, torchvision }) => row(`augment ${size} x ${size}: ${name}`, "ms", ours, torchvision, given));
}
