import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { captionsCsv } from "@rsdix/data";
import { Clip, ClipCap } from "@rsdix/models";
import { scratchFolder } from "../../../test/scratch-folder";
import { session } from "../src/worker/session";
import { makeWorld } from "./world";

/** In the place of ../src/worker/runs: what a run keeps in a browser, Node has no place for. */
export const noRuns = () => ({
  alone: (work: () => unknown) => work(),
  keptRun: async () => undefined,
  forgetRun: async () => undefined,
  browserCheckpoints: () => ({ save: async () => "nowhere", latest: async () => undefined, clear: async () => undefined }),
});

/** Gives the worker's session tiny models and their captioned images to train on; `close` takes all away again. */
export async function openTuneSession() {
  await startBackend("cpu");
  const folder = scratchFolder("file");
  const { model, captioned } = await makeWorld(folder);
  const imageText = await Clip.fromPretrained(join(model, "encoder"));
  const captioner = await ClipCap.fromPretrained(model, { encoder: imageText });
  session.dataset = await captionsCsv(captioned, { split: { train: 100, val: 0, seed: 1 } });
  session.models = { name: "mine", id: undefined, imageText, captioner, version: 7, trained: false, sources: [] };
  const close = async () => {
    captioner.dispose();
    imageText.dispose();
    session.models = session.dataset = undefined;
  };
  return { imageText, captioner, close };
}
