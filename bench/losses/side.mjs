// Ours, timed: node side.mjs BACKEND. Workloads are named LOSS|FORM|N, where FORM is dense, auto, a number of rows, or original.
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { answerRequests } from "../backend/answer.mjs";
import { kernelsOf } from "../backend/kernels-of.mjs";
import { processBytes } from "../process-bytes.mjs";
import { losses, valueAndGrads } from "./forms.mjs";
import { makeInputs } from "./inputs.mjs";
import { numbersOf, watch } from "./measure.mjs";

const backend = process.argv[2] ?? "native";
const info = await startBackend(backend);
const before = processBytes();
const made = new Map();

/** Inputs of one size are shared by the forms. */
function inputsOf(name, n) {
  const { parts } = losses[name];
  const id = `${parts}|${n}`;
  if (!made.has(id)) made.set(id, makeInputs(n, parts));
  return made.get(id);
}

function open(workload) {
  const [name, form, size] = workload.split("|");
  const inputs = inputsOf(name, Number(size));
  const scalars = losses[name].scalars.map((value) => tf.scalar(value));
  const compute = valueAndGrads(name, form);
  const once = () => {
    const result = compute(inputs, scalars);
    result.value.dataSync(); // wasm and native are done when a call returns; the value is read as a trainer reads it
    return result;
  };
  const run = () => {
    const { value, grads } = once();
    tf.dispose([value, grads]);
  };
  const profile = () => {
    const begin = performance.now();
    const { result, ...seen } = watch(once, Number(size) ** 2);
    const ms = performance.now() - begin;
    const resident = { before: before.now, peak: processBytes().peak };
    const numbers = numbersOf(result);
    tf.dispose([result.value, result.grads]);
    return { ...seen, ms, resident, numbers };
  };
  return { run, check: () => [], profile };
}

await answerRequests({ kernels: await kernelsOf(backend), backend: info.name, threads: info.threads }, open);
