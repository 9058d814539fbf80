// The most memory that this process takes for one task: node memory-ours.mjs BACKEND TASK. Prints a line of JSON.
//
//   train             two steps of AdamW on CLIP ViT-B/32 with its text tower (the second has the optimiser's moments), batch 64
//   train-checkpointed   the same with gradient checkpointing
//   load FOLDER       from files to a model; nothing is computed
import { startBackend } from "@rsdix/backend";
import { CLIP_VIT_B_32, Clip } from "@rsdix/models";
import { clipTask, fit as training } from "@rsdix/train";
import { processBytes } from "../process-bytes.mjs";
import { captions, pixels, TRAINED } from "./inputs.mjs";

const [backend, task, folder] = process.argv.slice(2);
await startBackend(backend);
const startBytes = process.memoryUsage.rss();

async function train(gradientCheckpointing) {
  const clip = Clip.fromConfig(CLIP_VIT_B_32, 1);
  clip.gradientCheckpointing = gradientCheckpointing;
  const batch = { pixels: pixels(TRAINED), tokens: { ...captions(TRAINED), lengths: new Int32Array(TRAINED).fill(77) } };
  const data = { stepsPerEpoch: 2, batchSize: TRAINED, batch: () => batch };
  const losses = [];
  for await (const record of training(clipTask(clip, { teacher: "none" }), data, { steps: 2, schedule: () => 1e-5 }))
    if (record.type === "step") losses.push(record.loss.total);
  return { losses, weights: clip.parameters.trainable().length };
}

const tasks = {
  train: () => train(false),
  "train-checkpointed": () => train(true),
  load: async () => ({ weights: (await Clip.fromPretrained(folder)).parameters.trainable().length }),
};
const done = await tasks[task]();
console.log(JSON.stringify({ ...done, startBytes, peakBytes: processBytes().peak }));
