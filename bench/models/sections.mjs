// What is measured of models, a section for each question. Each gives rows.

import { withChildren } from "../backend/child.mjs";
import { row } from "../rows.mjs";
import { answersInTurns } from "../turns.mjs";
import { installedBytes } from "./installed.mjs";
import { paths } from "./peers.mjs";
import { PEER } from "./rows.mjs";
import { startOurs, startPeer, takeTurns } from "./sides.mjs";

const MB = 1e6;

/** Embeddings of length 1 to 1e-3, ids to the last: otherwise what is timed isn't the same model. */
function compare(name, ours, peer) {
  const worst = Math.max(...ours.map((value, i) => Math.abs(value - peer[i])));
  const same = ours.length === peer.length && ours.length > 0 && worst <= (ours.every(Number.isInteger) ? 0 : 1e-3);
  if (!same) throw new Error(`${name}: the sides differ by ${worst} in ${ours.length} and ${peer.length} numbers`);
  return worst;
}

/** Things a second by batch, what a program reads of each step, and the most memory that a process took to load the model and run every batch. */
export function throughput({ kind, name, unit, items = 1, batches, stepBytes, peer }, { backend, quick }) {
  return withChildren([() => startOurs(backend), startPeer], async (ours, other) => {
    const given = { peerName: peer?.note ? `${PEER}: ${peer.note}` : PEER, backend };
    const kernels = { ours: ours.hello.kernels, peer: other.hello.kernels };
    const rows = [];
    for (const batch of batches) {
      const sides = [
        { child: ours, workload: `${kind}-b${batch}` },
        { child: other, workload: `${peer?.kind ?? kind}-b${batch * (peer?.rows ?? 1)}` },
      ];
      await takeTurns(sides, quick ? { budget: 0, least: 1, most: 1 } : { budget: 6000, least: 3, most: 15 });
      const title = `${name}, batch ${batch}`;
      const difference = peer ? {} : { difference: compare(title, sides[0].check, sides[1].check) };
      const [a, b] = sides.map(({ ms }) => ms.map((time) => (items * batch * 1e3) / time));
      rows.push(row(title, unit, a, b, { ...given, higher: true, spread: { ...difference, kernels } }));
      if (stepBytes) {
        const { profile } = await ours.ask({ workload: sides[0].workload, warm: 0, repeats: 0, profile: true });
        rows.push(row(`${title}: read by the program, a token`, "bytes", [profile.bytes / (items * batch)], [stepBytes], given));
      }
      if (batch !== batches.at(-1)) continue;
      const [memory, otherMemory] = sides.map(({ peakBytes }) => [peakBytes / MB]);
      rows.push(row(`${title}: peak memory`, "MB", memory, otherMemory, given));
    }
    return rows;
  });
}

/** Time from files to a first result, and from the start of the process to it, and peak memory by then: a new process each time. */
export async function load({ kind, name }, { backend, quick }) {
  const rounds = quick ? 1 : backend === "native" ? 5 : 3;
  const ask = (start) => () =>
    withChildren([start], async (child) => {
      const { ms, peakBytes } = await child.ask({ workload: kind, warm: 0, repeats: 1 });
      return { load: ms[0], all: ms[0] + child.hello.startMs, memory: peakBytes / MB };
    });
  const measured = await answersInTurns([ask(() => startOurs(backend)), ask(startPeer)], rounds);
  const given = { peerName: PEER, backend };
  const of = (quantity) => measured.map((answers) => answers.map((answer) => answer[quantity]));
  return [
    row(`${name}: load, files to first result`, "ms", ...of("load"), given),
    row(`${name}: load, start of Node to first result`, "ms", ...of("all"), given),
    row(`${name}: load, peak memory`, "MB", ...of("memory"), given),
  ];
}

/** What `npm install` puts on the disk, for this platform and Node. */
export function size(_, { backend }) {
  const kernels =
    backend === "native" ? ["@rsdix/backend-native", "@tensorflow/tfjs-backend-cpu"] : [`@tensorflow/tfjs-backend-${backend}`];
  const packages = ["@rsdix/models", "@tensorflow/tfjs-core", ...kernels];
  const ours = installedBytes(packages) / MB;
  const peer = installedBytes(["@huggingface/transformers"], paths.node) / MB;
  return [row("installed size, with all that is needed", "MB", [ours], [peer], { peerName: PEER, backend, spread: { packages } })];
}
