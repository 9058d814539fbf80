import type { Random } from "@rsdix/internal";
import { GaussianProcess, type Hyperparameters, type Observations, squaredDistances } from "./gaussian-process";

/**
 * Where the hyperparameters are looked for, for columns from 0 to 1 and values of mean 0 and variance 1. Shorter than a twentieth of the range few trials
 * tell nothing; at ten times it a parameter has no influence. The least noise keeps the kernel invertible, the most is that of values that mean nothing.
 */
const BOUNDS = { signalVariance: [0.05, 20], lengthScale: [0.05, 10], noiseVariance: [1e-6, 1] } as const;
/** Where the first search starts; the others start anywhere. */
const START = { signalVariance: 1, lengthScale: 0.3, noiseVariance: 1e-3 } as const;
const STARTS = 4;
/**
 * How much likelier, in nats, values must be with noise than without. Of few trials, far apart, noise explains as much as signal does, and would make the
 * search come back to where it was.
 */
const LIKELIER = 0.05;

/** The hyperparameters under which the values are likeliest, looked for from several starts; without noise where that is about as likely. */
export function fitHyperparameters(data: Observations, random: Random): Hyperparameters {
  const groups = Math.max(-1, ...data.groups) + 1;
  const names = ["signalVariance", ...new Array<"lengthScale">(groups).fill("lengthScale"), "noiseVariance"] as const;
  const bounds = names.map((name) => BOUNDS[name].map(Math.log) as [number, number]);
  const distances = squaredDistances(data.points, data.points, data.groups);
  const likelihood = (logarithms: readonly number[]) => {
    const process = new GaussianProcess(data, fromLogarithms(logarithms), distances);
    return { value: process.logMarginalLikelihood(), gradient: process.gradient() };
  };
  let best = { point: names.map((name) => Math.log(START[name])), value: Number.NEGATIVE_INFINITY };
  for (let start = 0; start < STARTS; start++) {
    const from = start === 0 ? best.point : bounds.map(([low, high]) => low + (high - low) * random.next());
    const found = climb(likelihood, from, bounds);
    if (found.value > best.value) best = found;
  }
  const { signalVariance, lengthScales, noiseVariance } = fromLogarithms(best.point);
  const noiseless = { signalVariance: signalVariance + noiseVariance, lengthScales, noiseVariance: BOUNDS.noiseVariance[0] };
  const value = new GaussianProcess(data, noiseless, distances).logMarginalLikelihood();
  return value > best.value - LIKELIER ? noiseless : fromLogarithms(best.point);
}

function fromLogarithms(logarithms: readonly number[]): Hyperparameters {
  const values = logarithms.map(Math.exp);
  return { signalVariance: values[0]!, lengthScales: values.slice(1, -1), noiseVariance: values.at(-1)! };
}

const CLIMB = { steps: 80, first: 0.3, least: 1e-3, most: 1.5, faster: 1.2, slower: 0.5 } as const;

/**
 * The highest point that Rprop comes by within the bounds: each coordinate goes by the sign of its derivative, with a step of its own that grows while the
 * sign stays. Source: Blum and Riedmiller, "Optimization of Gaussian Process Hyperparameters using Rprop", ESANN 2013.
 */
export function climb(
  objective: (point: readonly number[]) => { value: number; gradient: readonly number[] },
  start: readonly number[],
  bounds: readonly (readonly [number, number])[],
): { point: number[]; value: number } {
  let point = [...start];
  let best = { point, value: Number.NEGATIVE_INFINITY };
  const steps = start.map(() => CLIMB.first as number);
  const signs = start.map(() => 0);
  for (let step = 0; step < CLIMB.steps; step++) {
    const { value, gradient } = objective(point);
    if (value > best.value) best = { point, value };
    let moved = false;
    point = point.map((at, i) => {
      let sign = Math.sign(gradient[i]!);
      if (sign * signs[i]! > 0) steps[i] = Math.min(steps[i]! * CLIMB.faster, CLIMB.most);
      if (sign * signs[i]! < 0) {
        steps[i] = steps[i]! * CLIMB.slower;
        sign = 0;
      }
      signs[i] = sign;
      const next = Math.min(Math.max(at + sign * steps[i]!, bounds[i]![0]), bounds[i]![1]);
      if (steps[i]! > CLIMB.least && (next !== at || sign === 0)) moved = true;
      return next;
    });
    if (!moved) break;
  }
  return best;
}
