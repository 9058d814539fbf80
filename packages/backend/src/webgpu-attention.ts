import type * as tf from "@tensorflow/tfjs-core";
import { type Attributes, FIRST, headsApart, type Inputs, type Layout, packedRows, rows, sizesOf } from "./webgpu-attention-layout";
import { registerFused } from "./webgpu-kernel";
import { OVER_WORKGROUP, type ProgramBackend, runProgram } from "./webgpu-program";

/** Keys that a workgroup's memory holds; and up to which, with several queries, it is no matter that each of them reads all keys anew. */
const MOST_KEYS = 1024;
const MANY_KEYS = 320;

/** Attention in one program, in two where a gradient follows, and its gradients in two or four; composed they are up to twelve and twenty. */
export function registerWebgpuAttention(): void {
  for (const [name, layoutOf] of [
    ["RsdixAttention", headsApart],
    ["RsdixSelfAttention", packedRows],
    ["RsdixSelfAttentionParts", rows],
  ] as const) {
    const takes = (inputs: Inputs, attrs: Attributes) => {
      const { queries, keys } = layoutOf(inputs, attrs);
      return keys <= (queries > 1 ? MANY_KEYS : MOST_KEYS);
    };
    const apart = (inputs: Inputs) => {
      const { q, k, v, qkv, ...others } = inputs;
      return { q: (q ?? qkv)!, k: (k ?? qkv)!, v: (v ?? qkv)!, ...others };
    };
    registerFused<Attributes>(
      name,
      (backend, inputs, attrs) => forward(backend, apart(inputs), attrs, layoutOf(inputs, attrs), name),
      takes,
    );
    registerFused<Attributes>(
      `${name}Grad`,
      (backend, inputs, attrs) => backward(backend, apart(inputs) as never, attrs, layoutOf(inputs, attrs)),
      takes,
    );
  }
}

type Apart = { readonly q: tf.TensorInfo; readonly k: tf.TensorInfo; readonly v: tf.TensorInfo; readonly keyMask?: tf.TensorInfo };

function forward(backend: ProgramBackend, inputs: Apart, attrs: Attributes, layout: Layout, name: string): tf.TensorInfo[] {
  const { q, k, v, keyMask } = inputs;
  const { batch, heads, queries, keys, width } = layout;
  const shape = name === "RsdixAttention" ? q.shape : [batch * queries, heads * width];
  const scores = { q, k, ...(keyMask && { keyMask }) };
  if (!attrs.training) return [overQueries(backend, { ...scores, v }, attrs, layout, shape, "mixed", `${weigh(attrs, keyMask)}${MIX}`)];
  const weightsShape = [batch, heads, queries, keys];
  const weights = overQueries(backend, scores, attrs, layout, weightsShape, "weights", `${weigh(attrs, keyMask)}${KEEP}`);
  return [overNumbers(backend, { weights, v }, layout, shape, "values", [VALUES]), weights];
}

type Back = Apart & { readonly dy: tf.TensorInfo; readonly state: tf.TensorInfo };

function backward(backend: ProgramBackend, { dy, q, k, v, state: weights }: Back, attrs: Attributes, layout: Layout): tf.TensorInfo[] {
  const ds = overQueries(backend, { dy, weights, v }, attrs, layout, weights.shape, "scores_grad", SCORES_GRAD);
  const inputs = { ds, weights, q, k, dy };
  const gradients =
    layout.part > 0
      ? [overNumbers(backend, inputs, layout, q.shape, "packed_grad", [DQ, DK, DV])]
      : [
          overNumbers(backend, { ds, k }, layout, q.shape, "q_grad", [DQ]),
          overNumbers(backend, { ds, q }, layout, k.shape, "k_grad", [DK]),
          overNumbers(backend, { weights, dy }, layout, v.shape, "v_grad", [DV]),
        ];
  backend.disposeData(ds.dataId);
  return gradients;
}

/** A workgroup a query, with a number of each key in `ofKey`. */
function overQueries(
  backend: ProgramBackend,
  inputs: Inputs,
  { causal, scale }: Attributes,
  layout: Layout,
  shape: readonly number[],
  name: string,
  code: string,
): tf.TensorInfo {
  const { batch, heads, queries, keys } = layout;
  const many = keys > MANY_KEYS;
  return runProgram(backend, {
    key: `attention_${name}_${causal}_${"keyMask" in inputs}_${many}`,
    inputs,
    sizes: sizesOf(layout),
    numbers: { scale },
    shape,
    groups: batch * heads * queries,
    block: 64,
    code: `
      ${OVER_WORKGROUP}
      ${FIRST}
      var<workgroup> ofKey : array<f32, ${many ? MOST_KEYS : MANY_KEYS}>;
      fn main(index : i32) {
        let row = min(index / BLOCK, uniforms.batch * uniforms.heads * uniforms.queries - 1);
        let query = row % uniforms.queries;
        let head = row / uniforms.queries % uniforms.heads;
        let sequence = row / uniforms.queries / uniforms.heads;
        let thread = i32(localId.x);
        let keys = uniforms.keys;
        let width = uniforms.width;
        ${code}
      }
    `,
  });
}

/** The softmax: `ofKey` without its denominator, and `sum`. Masked by a finite number, as ops/attention.ts does. */
const weigh = ({ causal }: Attributes, keyMask?: tf.TensorInfo) => `
  let fromQ = qFirst(sequence, head, query);
  var most = -3.4e38;
  for (var key = thread; key < keys; key = key + BLOCK) {
    let fromK = kFirst(sequence, head, key) + uniforms.part;
    var score = 0.0;
    for (var c = 0; c < width; c = c + 1) { score = score + f32(q[fromQ + c]) * uniforms.scale * f32(k[fromK + c]); }
    ${causal ? "if (key > query + keys - uniforms.queries) { score = score - 1e9; }" : ""}
    ${keyMask ? "score = score + (1.0 - f32(keyMask[sequence * keys + key])) * -1e9;" : ""}
    ofKey[key] = score;
    most = max(most, score);
  }
  let top = largest(most);
  var part = 0.0;
  for (var key = thread; key < keys; key = key + BLOCK) {
    let weight = exp(ofKey[key] - top);
    ofKey[key] = weight;
    part = part + weight;
  }
  let sum = total(part);`;

const KEEP = "for (var key = thread; key < keys; key = key + BLOCK) { result[row * keys + key] = ofKey[key] / sum; }";

/** Divided first, as where the weights are kept: both ways give the same bits. */
const MIX = `
  for (var key = thread; key < keys; key = key + BLOCK) { ofKey[key] = ofKey[key] / sum; }
  workgroupBarrier();
  let toY = yFirst(sequence, head, query);
  for (var c = thread; c < width; c = c + BLOCK) {
    var mixed = 0.0;
    for (var key = 0; key < keys; key = key + 1) {
      mixed = mixed + ofKey[key] * f32(v[kFirst(sequence, head, key) + 2 * uniforms.part + c]);
    }
    result[toY + c] = mixed;
  }`;

const SCORES_GRAD = `
  let fromY = yFirst(sequence, head, query);
  var part = 0.0;
  for (var key = thread; key < keys; key = key + BLOCK) {
    let fromV = kFirst(sequence, head, key) + 2 * uniforms.part;
    var product = 0.0;
    for (var c = 0; c < width; c = c + 1) { product = product + f32(dy[fromY + c]) * f32(v[fromV + c]); }
    let weighted = product * f32(weights[row * keys + key]);
    ofKey[key] = weighted;
    part = part + weighted;
  }
  let sum = total(part);
  for (var key = thread; key < keys; key = key + BLOCK) {
    result[row * keys + key] = (ofKey[key] - f32(weights[row * keys + key]) * sum) * uniforms.scale;
  }`;

/** One of the sums over all keys or queries: how many tokens there are, where the sum goes, and what is added up, from the start of the head's weights on. */
interface Sum {
  readonly tokens: "queries" | "keys";
  readonly to: "q" | "k" | "y";
  readonly over: "queries" | "keys";
  readonly term: string;
}

const VALUES: Sum = {
  tokens: "queries",
  to: "y",
  over: "keys",
  term: "f32(weights[start + token * keys + i]) * f32(v[kFirst(sequence, head, i) + 2 * uniforms.part + c])",
};
const DQ: Sum = {
  tokens: "queries",
  to: "q",
  over: "keys",
  term: "f32(ds[start + token * keys + i]) * f32(k[kFirst(sequence, head, i) + uniforms.part + c])",
};
const DK: Sum = {
  tokens: "keys",
  to: "k",
  over: "queries",
  term: "f32(ds[start + i * keys + token]) * f32(q[qFirst(sequence, head, i) + c])",
};
const DV: Sum = {
  tokens: "keys",
  to: "k",
  over: "queries",
  term: "f32(weights[start + i * keys + token]) * f32(dy[yFirst(sequence, head, i) + c])",
};

/** A thread a number: of one sum, or of those of q, k and v side by side. */
function overNumbers(
  backend: ProgramBackend,
  inputs: Inputs,
  layout: Layout,
  shape: readonly number[],
  name: string,
  sums: readonly Sum[],
): tf.TensorInfo {
  const one = layout.batch * layout.heads * layout[sums[0]!.tokens] * layout.width;
  const block = 128;
  return runProgram(backend, {
    key: `attention_${name}`,
    inputs,
    sizes: sizesOf(layout),
    shape,
    groups: Math.ceil((sums.length * one) / block),
    block,
    code: `
      ${FIRST}
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        let keys = uniforms.keys;
        let c = index % uniforms.width;
        let above = index / uniforms.width;
        let token = above % uniforms.${sums[0]!.tokens};
        let head = above / uniforms.${sums[0]!.tokens} % uniforms.heads;
        let sequence = above / uniforms.${sums[0]!.tokens} / uniforms.heads % uniforms.batch;
        let which = above / uniforms.${sums[0]!.tokens} / uniforms.heads / uniforms.batch;
        let start = (sequence * uniforms.heads + head) * uniforms.queries * keys;
        var sum = 0.0;
        ${sums
          .map(
            ({ to, over, term }, i) => `
        ${sums.length > 1 ? `if (which == ${i}) ` : ""}{
          for (var i = 0; i < uniforms.${over}; i = i + 1) { sum = sum + ${term}; }
          result[${to}First(sequence, head, token) + which * uniforms.part + c] = sum;
        }`,
          )
          .join("")}
      }
    `,
  });
}
