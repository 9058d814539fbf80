// A process that is timed: it answers JSON lines on stdin with JSON lines on stdout, one at a time, so that the caller decides whose turn it is.
import { createInterface } from "node:readline";
import { processBytes } from "../process-bytes.mjs";

/** Says hello, then times what it is asked to. `open(name)` gives {run, check}; a workload stays open. */
export async function answerRequests(hello, open) {
  const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  say(hello);
  const ready = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const { workload, warm, repeats, ...rest } = JSON.parse(line);
    const answer = {};
    if (!ready.has(workload)) {
      ready.set(workload, await open(workload));
      answer.check = await ready.get(workload).check();
    }
    const { run, profile } = ready.get(workload);
    answer.ms = [];
    for (let i = -warm; i < repeats; i++) {
      const begin = performance.now();
      await run();
      if (i >= 0) answer.ms.push(performance.now() - begin);
    }
    if (rest.profile && profile) answer.profile = await profile();
    answer.peakBytes = processBytes().peak;
    say(answer);
  }
  process.exit(0);
}
