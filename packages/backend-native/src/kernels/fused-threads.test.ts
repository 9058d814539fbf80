import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { nativeAvailable } from "../../test/test-support";
import { binaries } from "../binary";

/** A process of its own, since the first call decides the number of threads: every kernel whose sums cross rows or heads, as a hash of its bits. */
const PROGRAM = `
const [path, threads] = process.argv.slice(1);
const addon = require(path);
addon.configure(Number(threads));
let seed = 1;
const numbers = (n) => Float32Array.from({ length: n }, () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5);
const hash = (arrays) => require("node:crypto").createHash("sha256").update(Buffer.concat(arrays.map((a) => Buffer.from(a.buffer)))).digest("hex");
const results = {};
const [x, dy, y, gamma] = [numbers(700 * 96), numbers(700 * 96), numbers(700 * 96), numbers(96)];
const [state, dgamma, dbeta, sum] = [numbers(1400), numbers(96), numbers(96), numbers(96)];
addon.layerNorm(x, gamma, gamma, y, state, 700, 96, 1e-5);
addon.layerNormGrad(dy, x, gamma, state, y, dgamma, dbeta, 700, 96);
results.layerNorm = hash([y, dgamma, dbeta]);
addon.sumRows(x, sum, 700, 96);
results.sumRows = hash([sum]);
const [q, k, v, out] = [numbers(67200), numbers(67200), numbers(67200), numbers(67200)]; // 4 heads of 350 rows of 48
const [dq, dk, dv, kept] = [numbers(67200), numbers(67200), numbers(67200), numbers(2800)];
addon.attention(q, k, v, null, out, kept, 0, 1, 4, 350, 350, 48, true, 0.2);
addon.attentionGrad(out, q, k, v, null, kept, dq, dk, dv, 0, 1, 4, 350, 350, 48, true, 0.2);
results.attention = hash([out, dq, dk, dv]);
const [loss, sums, targets] = [numbers(1), numbers(700), Int32Array.from({ length: 700 }, (_, i) => i % 96)];
addon.crossEntropy(x, targets, null, loss, sums, 700, 96);
addon.crossEntropyGrad(loss, x, targets, null, sums, y, 700, 96);
results.crossEntropy = hash([loss, y]);
const table = numbers(96 * 96);
addon.embeddingGrad(dy, targets, table, 96, 96, 700);
results.embeddingGrad = hash([table]);
console.log(JSON.stringify(results));
`;

describe.runIf(nativeAvailable)("fused kernels", () => {
  it("give the same bits on any number of threads", () => {
    const run = (threads: number) => execFileSync(process.execPath, ["-e", PROGRAM, binaries()[0]!, String(threads)], { encoding: "utf8" });
    const one = JSON.parse(run(1)) as Record<string, string>;
    expect(Object.keys(one)).toHaveLength(5);
    for (const threads of [2, 3, 7]) expect(JSON.parse(run(threads))).toEqual(one);
  });
});
