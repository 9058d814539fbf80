/** Two towers of one's own learn which caption fits which image: with InfoNCE alone, and with self-distillation from a teacher that follows them. */
import { startBackend } from "@rsdix/backend";
import { clampScale, learnableScale, rsdixLoss } from "@rsdix/core-losses";
import * as tf from "@tensorflow/tfjs";
import { makePairs, type Pairs, SENSOR, WORDS } from "./pairs";
import { readSeed } from "./seed";
import { batchOf, fitting } from "./steps";
import { embed, follow, makeTowers } from "./towers";

const [PAIRS, BATCH, STEPS, SEED] = [256, 64, 120, readSeed(process.argv.slice(2))];

/** Trains two towers, with the weight `alpha` for InfoNCE and the rest for self-distillation, and says how often the nearest caption fits. */
function train(name: string, alpha: number, pairs: Pairs, test: Pairs): void {
  const students = makeTowers(SENSOR, WORDS, SEED);
  const teachers = makeTowers(SENSOR, WORDS, SEED, { trainable: false }); // the same weights at first
  const [logitScale, distillationScale] = [learnableScale("clip"), learnableScale("distillation")];
  const optimizer: tf.Optimizer = tf.train.adam(0.003);
  console.log(`${name}\n  before: ${fitting(students, test)}`);
  for (let step = 1; step <= STEPS; step++)
    tf.tidy(() => {
      const batch = batchOf(pairs, step - 1, BATCH);
      const loss = optimizer.minimize(() => {
        const [[image, text], [teacherImage, teacherText]] = [embed(students, batch), embed(teachers, batch)];
        return rsdixLoss({ image, text, teacherImage, teacherText }, { logitScale, distillationScale, alpha, lambda: 0.3 }).total;
      }, true)!;
      clampScale(logitScale, "clip");
      clampScale(distillationScale, "distillation");
      follow(teachers, students, 0.99);
      if (step % 30 === 0 || step === 1) console.log(`  step ${step}: loss ${loss.dataSync()[0]!.toFixed(3)}`);
    });
  console.log(`  after: ${fitting(students, test)}`);
  for (const each of [...students, ...teachers, optimizer, logitScale, distillationScale]) each.dispose();
}

console.log(`${PAIRS} pairs, of which 40 % are wrong, on ${(await startBackend("wasm")).name}`);
const [pairs, test] = tf.tidy(() => [makePairs(PAIRS, 0.4, 10 + SEED), makePairs(300, 0, 20 + SEED)] as const);
train("InfoNCE", 1, pairs, test);
train("InfoNCE and self-distillation", 0.5, pairs, test);
tf.dispose([pairs, test]);
console.log(`${tf.memory().numTensors} tensors left`);
