/** Two towers of one's own learn which caption fits which image: with InfoNCE alone, and with self-distillation from a teacher that follows them. */
import { startBackend } from "@rsdix/backend";
import { clampScale, learnableScale, rsdixLoss } from "@rsdix/core-losses";
import * as tf from "@tensorflow/tfjs";
import { makePairs, type Pairs, SENSOR, WORDS } from "./pairs";
import { accuracy, batchOf, percent } from "./steps";
import { embed, follow, makeTowers } from "./towers";

const [PAIRS, BATCH, STEPS] = [256, 64, 120];
const seed = Number(process.argv[2] ?? 1);

/** Trains two towers, with the weight `alpha` for InfoNCE and the rest for self-distillation, and says how often the nearest caption fits. */
function train(name: string, alpha: number, pairs: Pairs, test: Pairs): void {
  const students = makeTowers(SENSOR, WORDS, seed);
  const teachers = makeTowers(SENSOR, WORDS, seed); // the same weights at first
  for (const tower of teachers) tower.trainable = false;
  const logitScale = learnableScale("clip");
  const distillationScale = learnableScale("distillation");
  const optimizer: tf.Optimizer = tf.train.adam(0.003);
  console.log(`${name}\n  before: a caption that fits for ${percent(accuracy(students, test))} of new images`);
  for (let step = 1; step <= STEPS; step++) {
    tf.tidy(() => {
      const batch = batchOf(pairs, step - 1, BATCH);
      const loss = optimizer.minimize(() => {
        const [image, text] = embed(students, batch);
        const [teacherImage, teacherText] = embed(teachers, batch);
        const scales = { logitScale, distillationScale };
        return rsdixLoss({ image, text, teacherImage, teacherText }, { ...scales, alpha, lambda: 0.3 }).total;
      }, true)!;
      clampScale(logitScale, "clip");
      clampScale(distillationScale, "distillation");
      follow(teachers, students, 0.99);
      if (step % 30 === 0 || step === 1) console.log(`  step ${step}: loss ${loss.dataSync()[0]!.toFixed(3)}`);
    });
  }
  console.log(`  after: a caption that fits for ${percent(accuracy(students, test))} of new images`);
  for (const each of [...students, ...teachers, optimizer, logitScale, distillationScale]) each.dispose();
}

const { name } = await startBackend("wasm");
console.log(`${PAIRS} pairs, of which 40 % are wrong, on ${name}`);
const [pairs, test] = tf.tidy(() => [makePairs(PAIRS, 0.4, 10 + seed), makePairs(300, 0, 20 + seed)] as const);
train("InfoNCE", 1, pairs, test);
train("InfoNCE and self-distillation", 0.5, pairs, test);
tf.dispose([pairs, test]);
console.log(`${tf.memory().numTensors} tensors left`);
