// Kills trainings and compares what is left with one that nobody killed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/**
 * Runs the trainer: all its lines. With `kill`, SIGKILL comes some milliseconds after so many steps.
 *
 * @param command the program and its arguments
 */
export async function train(command, kill) {
  const child = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const lines = [];
  let steps = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(JSON.parse(line));
    if (kill && lines.at(-1).type === "step" && ++steps === kill.afterSteps) setTimeout(() => child.kill("SIGKILL"), kill.milliseconds);
  }
  const [code, signal] = await closed;
  return { lines, code, signal };
}

/** A number of steps that no run comes to before it is killed, however late that is. */
const NEVER = 1_000_000;
/** Steps that the last run has left to do. */
const LAST = 10;

/**
 * Kills a training so many times, each time at another moment, and lets it end, after `steps` in all: for each step its losses and validations, which must be
 * one and the same however often they were made.
 *
 * @param command the trainer, without its number of steps
 * @param kills how often
 * @param random numbers in [0, 1)
 * @param check called after each kill
 */
export async function killed(command, kills, random, check) {
  const lines = [];
  const signals = [];
  for (let i = 0; i < kills; i++) {
    const run = await train([...command, String(NEVER)], { afterSteps: 1 + Math.floor(random() * 6), milliseconds: random() * 60 });
    lines.push(...run.lines);
    signals.push(run.signal);
    await check(run);
  }
  const steps = LAST + lines.reduce((most, { type, step }) => (type === "step" ? Math.max(most, step) : most), 0);
  const last = await train([...command, String(steps)]);
  return { lines: [...lines, ...last.lines], signals, code: last.code, steps };
}

/** What was measured, by the kind of record and its step; a difference between two times is an error. */
export function numbersOf(lines) {
  const found = new Map();
  for (const { type, step, loss, gradientNorm, metrics } of lines) {
    if (type !== "step" && type !== "validation") continue;
    const key = `${type} ${step}`;
    const numbers = JSON.stringify(type === "step" ? { loss, gradientNorm } : metrics);
    if (found.has(key) && found.get(key) !== numbers) throw new Error(`${key} was ${found.get(key)}, and resumed is ${numbers}`);
    found.set(key, numbers);
  }
  return found;
}
