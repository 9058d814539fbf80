import { expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { checkpointFolder } from "../checkpoints/checkpoint-folder";
import { fingerprintOf, namingChanges, withSettings } from "./run-settings";

const STATE = {
  ...{ step: 1, fingerprint: "clip 0", details: { batches: 1 } },
  tensors: new Map([["w", { dtype: "float32" as const, data: Float32Array.of(1), shape: [1] }]]),
};

/** The message that a refusal of checkpoints of `before` becomes for a run of `now`. */
async function refusal(before: Record<string, unknown> | undefined, now: Record<string, unknown>, code = "CHECKPOINT_MISMATCH") {
  const folder = checkpointFolder(scratchFolder());
  await (before === undefined ? folder : withSettings("clip", folder, before)).save(STATE);
  const store = withSettings("clip", folder, now);
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

const DATA = { annotations_files: ["a.json", "b.csv"], img_dirs: ["images", "/all/b"], additional_test_annotation_files: [null, "t.csv"] };
const WHOLE = {
  annotations_files: ["/mine/a.json", "/mine/b.csv"],
  img_dirs: ["../mine/images", "/all/b"],
  additional_test_annotation_files: [null, "/mine/t.csv"],
};

/** Whether a checkpoint of settings, from a working folder, is one of a run of others in another; else what was changed. */
async function resumed(before: Record<string, unknown>, now: Record<string, unknown>, from: string, to: string) {
  const folder = checkpointFolder(scratchFolder());
  await withSettings("clip", folder, before, from).save({ ...STATE, fingerprint: fingerprintOf("clip", before) });
  const store = withSettings("clip", folder, now, to);
  return (await store.latest())?.fingerprint === fingerprintOf("clip", now) || store.changes();
}

it("takes a checkpoint of the same files, however their paths are written", async () => {
  expect(await resumed({ data: DATA }, { data: WHOLE }, "/mine", "/elsewhere")).toBe(true);
  expect(await resumed({ data: WHOLE }, { data: DATA }, "/elsewhere", "/mine")).toBe(true);
  expect(await resumed({ data: DATA }, { data: DATA }, "/mine", "/moved")).toBe(true); // the whole project lies elsewhere now
  expect(await resumed({ data: DATA }, { data: WHOLE }, "/other", "/elsewhere")).toHaveLength(3);
  const named = { data: { ...DATA, img_dirs: ["others", "/all/b"] } };
  expect(await resumed({ data: DATA }, named, "/mine", "/mine")).toEqual(['data.img_dirs (["images","/all/b"], now ["others","/all/b"])']);
  const texts = (monitor: string) => ({ trainer: { monitor } });
  expect(await resumed(texts("loss"), texts("/mine/loss"), "/mine", "/mine")).toHaveLength(1); // which is no path
});

it("takes no checkpoint whose settings are not those that it was made with", async () => {
  const folder = checkpointFolder(scratchFolder());
  await withSettings("clip", folder, { data: DATA }, "/mine").save(STATE);
  expect((await withSettings("clip", folder, { data: WHOLE }, "/").latest())?.fingerprint).toBe(STATE.fingerprint);
});
