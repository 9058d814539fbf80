import { expect, it } from "vitest";
import { scratchFolder } from "../../test/scratch-folder";
import { checkpointFolder } from "../checkpoints/checkpoint-folder";
import { namingChanges, withSettings } from "./run-settings";

const STATE = {
  ...{ step: 1, fingerprint: "clip 0", details: { batches: 1 } },
  tensors: new Map([["w", { dtype: "float32" as const, data: Float32Array.of(1), shape: [1] }]]),
};

/** The message that a refusal of checkpoints of `before` becomes for a run of `now`. */
async function refusal(before: Record<string, unknown> | undefined, now: Record<string, unknown>, code = "CHECKPOINT_MISMATCH") {
  const folder = checkpointFolder(scratchFolder());
  await (before === undefined ? folder : withSettings(folder, before)).save(STATE);
  const store = withSettings(folder, now);
  await store.latest();
  async function* refusing(): AsyncGenerator<never> {
    yield* [];
    throw Object.assign(new Error("It is another."), { name: "RsdixError", code });
  }
  try {
    for await (const _ of namingChanges(refusing(), () => store.changes(), "config.yaml"));
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}

it("names what is other than in the checkpoint, also what it has no more or had not yet", async () => {
  const before = { seed_everything: 1, model: { lr: 0.1, betas: [0.9, 0.99], gone: true }, items: 16 };
  expect(await refusal(before, { seed_everything: 1, model: { lr: 0.1, betas: [0.9, 0.9], come: null }, items: 17 })).toBe(
    "It is another. Changed since: model.betas ([0.9,0.99], now [0.9,0.9]), model.come (not there, now null), images for training (16, now 17), model.gone (true, now not there). Settings are those of config.yaml and of what is given now.",
  );
  expect(await refusal(before, before)).toBe("It is another. No setting is another than the checkpoint's: the model's files are.");
});

it("adds nothing to another error, nor where the checkpoint has no settings", async () => {
  expect(await refusal({ items: 1 }, { items: 2 }, "FILE_CORRUPT")).toBe("It is another.");
  expect(await refusal(undefined, { items: 2 })).toBe("It is another.");
});
