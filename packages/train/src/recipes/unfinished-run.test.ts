import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { findModel, newRun } from "./run-folder";

it.each([
  ["clip", { data: { use_gpt2_tokenizer: false } }],
  ["clipcap", { data: { use_gpt2_tokenizer: true } }],
])("says how to go on with a run of fit %s that has no model yet", async (kind, config) => {
  const runs = scratchFolder();
  const { folder } = await newRun(runs, "run", config);
  await expect(findModel({ checkpoint: "last", runs })).rejects.toMatchObject({
    code: "FILE_NOT_FOUND",
    message: `last has no model yet: its run has not ended. Go on with it: rsdix fit ${kind} --resume ${folder}`,
  });
});

it("names both commands where the run's configuration cannot be read", async () => {
  const runs = scratchFolder();
  const { folder } = await newRun(runs, "run", {});
  await writeFile(join(folder, "config.yaml"), "[");
  await expect(findModel({ checkpoint: "run-1", runs })).rejects.toMatchObject({
    message: expect.stringContaining(`Go on with it: rsdix fit clip, or fit clipcap, --resume ${folder}`),
  });
});
