import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { claimTrial } from "./trial-claim";
import { runHere } from "./trial-objective";

it("A search that is stopped does not wait for a worker that still has a trial's folder", async () => {
  const out = scratchFolder();
  const folder = join(out, "trial-001");
  const claim = (await claimTrial(`${folder}.claim`, async () => false))!;
  const stop = new AbortController();
  const run = runHere(() => [process.execPath, "--version"], { out, metric: "loss", mode: "min", parallel: 1 });
  const running = run({ trial: 1, parameters: {}, origin: "initial" }, folder, stop.signal);
  setTimeout(() => stop.abort(new Error("interrupted")), 50);
  const message = expect.stringMatching(/trial-001 was not begun anew: a worker has it/);
  await expect(running).rejects.toMatchObject({ code: "ABORTED", message });
  await claim.release();
});
