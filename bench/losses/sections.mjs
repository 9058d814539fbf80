// What is measured of a loss, a section for each question. Each gives rows.
import { readFileSync } from "node:fs";
import { withChildren } from "../backend/child.mjs";
import { isThisMachine, median } from "../machine.mjs";
import { resultsOf } from "../rows.mjs";
import { numberRow, timeRow } from "./results.mjs";
import { startOurs, takeTurns, torch } from "./sides.mjs";

const DENSE = "our dense form";
const ORIGINAL = "plain tfjs, the original's order of operations";
const LIMIT_BYTES = 1.5e9;

/** The worst relative difference of two lists of numbers; small numbers are held to an absolute difference. */
const difference = (ours, peer) => Math.max(...ours.map((x, i) => Math.abs(x - peer[i]) / Math.max(1e-2, Math.abs(peer[i]))));

/** Room for float32 in gradients of scales, which are sums that nearly cancel: 0.0016 was seen beside plain TensorFlow.js, less than 0.0001 beside others. */
const room = (peerName) => (peerName === ORIGINAL ? 2e-3 : 1e-3);

/** How far two sides differ; throws where they compute something else. */
function compareNumbers(name, ours, peer, peerName) {
  const worst = difference(ours.profile.numbers, peer.profile.numbers);
  if (worst <= room(peerName)) return worst;
  throw new Error(`${name}: the results differ from ${peerName}: ${ours.profile.numbers} and ${peer.profile.numbers}`);
}

/** Peak bytes and the process's memory, each form in a process of its own; tiled against dense, then tiled alone. */
export async function memory(loss, { backend, quick }) {
  const sizes = quick ? [1024] : backend === "native" ? [1024, 2048, 4096, 8192] : [1024, 2048];
  const forms = ["auto", "256", "dense"];
  const rows = [];
  let last;
  for (const n of sizes) {
    await withChildren(
      forms.map(() => () => startOurs(backend)),
      async (...children) => {
        const sides = forms.map((form, i) => ({ child: children[i], workload: `${loss}|${form}|${n}` }));
        const [auto, tiled, dense] = await takeTurns(sides, { budget: 3000, least: 3, most: 7 });
        for (const side of [auto, tiled]) compareNumbers(`${loss} N=${n}`, side, dense, DENSE);
        const given = { peerName: DENSE, backend };
        const bytes = (name, side) => {
          const tfjs = { ours: side.profile.bytes, peer: dense.profile.bytes };
          const goal = n === 8192 ? 20 : undefined;
          rows.push(numberRow(name, "bytes", side.profile.buffers, { ...given, goal, peer: dense.profile.buffers, spread: { tfjs } }));
        };
        bytes(`${loss} peak-bytes N=${n}`, auto);
        bytes(`${loss} peak-bytes N=${n} tile=256`, tiled);
        rows.push(processRow(`${loss} process-bytes N=${n}`, auto, { ...given, peer: own(dense) }));
        rows.push(timeRow(`${loss} time N=${n} auto, forms in processes of their own`, auto, dense, given));
        last = { n, auto };
      },
    );
  }
  if (quick || backend !== "native") return rows;
  for (const n of [16384, 32768]) rows.push(...(await tiledAlone(loss, n, last, backend)));
  return rows;
}

const own = ({ profile: { resident } }) => resident.peak - resident.before;

/** Memory that the process took for inputs, value and gradient; with what Node and tfjs took before, it is `total`. */
function processRow(name, side, given) {
  const { peak, before } = side.profile.resident;
  return numberRow(name, "bytes", own(side), { ...given, spread: { total: peak, before } });
}

function tiledAlone(loss, n, last, backend) {
  return withChildren([() => startOurs(backend)], async (child) => {
    const [side] = await takeTurns([{ child, workload: `${loss}|auto|${n}` }], { budget: 0, least: 0 });
    const times = n / last.n;
    const linear = { peer: last.auto.profile.buffers * times, peerName: `linear growth from N=${last.n}`, backend, goal: 0.95 };
    const rows = [
      numberRow(`${loss} peak-bytes N=${n}`, "bytes", side.profile.buffers, {
        ...linear,
        spread: { tfjs: { ours: side.profile.bytes } },
      }),
      numberRow(`${loss} time N=${n} auto`, "ms", side.ms[0], {
        peer: median(last.auto.ms) * times ** 2,
        peerName: `growth with N² from N=${last.n}`,
        backend,
      }),
    ];
    const limit = { peer: LIMIT_BYTES, peerName: "limit, for N=32768", backend, goal: 1 };
    rows.push(processRow(`${loss} process-bytes N=${n}`, side, limit));
    return rows;
  });
}

/** Least ratios: one product recomputed; every half-step of Sinkhorn recomputed, or its kernel kept. */
const GOALS = {
  infoNCE: { number: 1 / 1.4, auto: 1 / 1.4 },
  sigmoidLoss: { number: 1 / 1.4, auto: 1 / 1.4 },
  selfDistillationLoss: { number: 1 / 4, auto: 1 / 1.1 },
};

/** Time against our own dense form, in one process. */
export function tiled(loss, { backend, quick }) {
  const n = quick ? 1024 : 2048;
  return withChildren([() => startOurs(backend)], async (child) => {
    const forms = ["dense", "256", "512", "auto"];
    const sides = forms.map((form) => ({ child, form, workload: `${loss}|${form}|${n}` }));
    const [dense, ...others] = await takeTurns(sides, backend === "native" ? { budget: 10_000, least: 5 } : { budget: 15_000 });
    return others.map((side) => {
      const name = `${loss} time N=${n} tile=${side.form}`;
      const worst = compareNumbers(name, side, dense, DENSE);
      const goal = GOALS[loss]?.[side.form === "auto" ? "auto" : "number"];
      return timeRow(name, side, dense, { peerName: DENSE, backend, goal, spread: { difference: worst } });
    });
  });
}

/** Our dense form against the original's order in the same framework: time, peak bytes, and how many kernels are called. */
export function original(loss, { backend, quick }) {
  const sizes = quick ? [256] : backend === "native" ? [256, 1024, 2048] : [256, 1024];
  return withChildren([() => startOurs(backend)], async (child) => {
    const rows = [];
    for (const n of sizes) {
      const [ours, peer] = await takeTurns(["dense", "original"].map((form) => ({ child, workload: `${loss}|${form}|${n}` })));
      const name = `${loss} dense N=${n}`;
      const given = { peerName: ORIGINAL, backend, goal: 1 };
      const worst = compareNumbers(name, ours, peer, ORIGINAL);
      rows.push(timeRow(`${name} time`, ours, peer, { ...given, spread: { difference: worst } }));
      const tfjs = { ours: ours.profile.bytes, peer: peer.profile.bytes };
      rows.push(numberRow(`${name} peak-bytes`, "bytes", ours.profile.buffers, { ...given, peer: peer.profile.buffers, spread: { tfjs } }));
      if (n < sizes.at(-1)) continue;
      rows.push(kernelRow(`${loss} kernels dense`, ours.profile.kernels, peer.profile.kernels, backend));
      if (n < 2048) continue; // below it, embeddings side by side are as large as N x N
      rows.push(kernelRow(`${loss} kernels dense on N x N`, ours.profile.largeKernels, peer.profile.largeKernels, backend));
    }
    return rows;
  });
}

/** Kernel calls of value and gradient; views of the same numbers, which move nothing, are not counted. All of them by name are in `spread.calls`. */
function kernelRow(name, ours, peer, backend) {
  const views = ["Identity", "Reshape", "ExpandDims"];
  const calls = (kernels) => Object.entries(kernels).reduce((sum, [kernel, count]) => sum + (views.includes(kernel) ? 0 : count), 0);
  return numberRow(name, "calls", calls(ours), { peerName: ORIGINAL, backend, peer: calls(peer), spread: { calls: { ours, peer } } });
}

/** PyTorch's dense forms take minutes of the run at 8,192. */
const LARGE = ["infoNCE", "sigmoidLoss", "rsdixLoss"];

/** Against PyTorch, on the native backend: dense against dense, and at N = 8,192 what doesn't hold an N x N matrix against what does. */
export function pytorch(loss, { backend, quick }) {
  if (!torch.present) return [];
  const cases = [[1024, "dense"]];
  if (!quick) cases.push([2048, "dense"]);
  if (!quick && LARGE.includes(loss)) cases.push([8192, "auto"]);
  return withChildren([() => startOurs(backend), torch.start], async (child, python) => {
    const rows = [];
    for (const [n, form] of cases) {
      const sides = [
        { child, workload: `${loss}|${form}|${n}` },
        { child: python, workload: `${loss}|torch|${n}` },
      ];
      const [ours, peer] = await takeTurns(sides, n > 4096 ? { budget: 0, least: 1 } : { budget: 5000, least: 5 });
      const name = `${loss} ${form} N=${n} time`;
      const worst = compareNumbers(name, ours, peer, torch.name);
      rows.push(timeRow(name, ours, peer, { peerName: torch.name, backend, spread: { difference: worst } }));
    }
    return rows;
  });
}

/** The row of a training step of ViT-B/32 that the backend's suite measured, with native. */
function trainingStep() {
  const steps = JSON.parse(readFileSync(resultsOf("backend"), "utf8"));
  return steps.find(({ name, unit }) => name.startsWith("ViT-B/32 + text") && name.endsWith("batch 32") && unit === "s/step");
}

/** A share of another machine's step would say nothing of either. */
export const stepIsOfThisMachine = () => isThisMachine(trainingStep().machine);

/** A loss's time as a share of a training step of ViT-B/32 at the same batch, by the step that the backend's suite measured on this backend. */
export function share(loss, { backend, quick }) {
  const step = trainingStep();
  return withChildren([() => startOurs(backend)], async (child) => {
    const rows = [];
    for (const n of quick ? [32] : [32, 256, 1024]) {
      const sides = await takeTurns(
        ["dense", "auto"].map((form) => ({ child, form, workload: `${loss}|${form}|${n}` })),
        { budget: 3000 },
      );
      const [best] = sides.toSorted((a, b) => median(a.ms) - median(b.ms));
      const stepMs = (step.ours * 1e3 * n) / 32;
      const spread = {
        lossMs: median(best.ms),
        form: best.form,
        stepMs,
        step: `${n / 32} times the step of batch 32 in backend.json (${step.machine})`,
      };
      const given = { peer: 0.1, peerName: "limit", backend, goal: 1, spread };
      rows.push(numberRow(`${loss} share of a ViT-B/32 training step, batch ${n}`, "of 1", median(best.ms) / stepMs, given));
    }
    return rows;
  });
}
