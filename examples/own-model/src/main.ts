/** Two towers of one's own learn which caption belongs to which image: InfoNCE, and self-distillation from a teacher that follows them. */
import { startBackend } from "@rsdix/backend";
import { clampScale, learnableScale, rsdixLoss } from "@rsdix/core-losses";
import * as tf from "@tensorflow/tfjs";
import { makePairs, SENSOR, WORDS } from "./pairs";
import { batchOf, follow, report } from "./steps";
import { embed, makeTowers } from "./towers";

const [PAIRS, BATCH, EPOCHS] = [512, 64, 20];
const { name } = await startBackend("wasm");
const [train, test] = [makePairs(PAIRS, 1), makePairs(200, 2)];
const students = makeTowers(SENSOR, WORDS);
const teachers = makeTowers(SENSOR, WORDS); // the same weights at first
for (const tower of teachers) tower.trainable = false;
const logitScale = learnableScale("clip");
const distillationScale = learnableScale("distillation");
const optimizer: tf.Optimizer = tf.train.adam(0.003);

console.log(`${name}, ${PAIRS} pairs`);
report("before training", students, test);
for (let step = 1; step <= (PAIRS / BATCH) * EPOCHS; step++) {
  const batch = batchOf(train, step - 1, BATCH);
  const loss = optimizer.minimize(() => {
    const [image, text] = embed(students, batch);
    const [teacherImage, teacherText] = embed(teachers, batch);
    return rsdixLoss({ image, text, teacherImage, teacherText }, { logitScale, distillationScale }).total;
  }, true)!;
  clampScale(logitScale, "clip");
  clampScale(distillationScale, "distillation");
  follow(teachers, students, 0.99);
  if (step % 32 === 1 || step === (PAIRS / BATCH) * EPOCHS) console.log(`step ${step}: loss ${loss.dataSync()[0]!.toFixed(3)}`);
  tf.dispose([loss, batch]);
}
report("after training", students, test);

for (const tower of [...students, ...teachers]) tower.dispose();
optimizer.dispose();
tf.dispose([train, test, logitScale, distillationScale]);
console.log(`${tf.memory().numTensors} tensors left`);
