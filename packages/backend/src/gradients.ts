import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

const UNION = "@tensorflow/tfjs";

/** tfjs-core alone registers no gradients in Node; the union package does, for the same engine. */
export async function registerGradients(): Promise<void> {
  try {
    if (!(await requireUnion(tf.Tensor))) await import("@tensorflow/tfjs");
  } catch (error) {
    fail("MISSING_DEPENDENCY", `Gradients need the package "${UNION}" (4.22 or later). Run: npm install ${UNION}`, error);
  }
}

/**
 * Loads the union package as CommonJS, which it is in Node: `import` reads all its files twice, once for the names that they export, and takes a tenth of
 * a second of the processor's time more.
 *
 * @param tensor The class of the tfjs-core in use, beside whose files the union is looked for. Bundlers make another, of the program's one file.
 * @returns Whether it is loaded; where it is not, `import` does it, or says why not.
 */
export async function requireUnion(tensor: unknown): Promise<boolean> {
  if (!tf.env().getBool("IS_NODE")) return false;
  const module = "node:module"; // a variable, and ignored: no bundler for browsers may see it
  try {
    const { createRequire } = (await import(/* webpackIgnore: true */ /* @vite-ignore */ module)) as typeof import("node:module");
    const loaded = Object.values(createRequire(process.execPath).cache); // what is loaded is one list, whoever asks
    const core = loaded.find((each) => each && /[\\/]tfjs-core[\\/]/.test(each.filename) && each.exports?.Tensor === tensor);
    if (!core) return false;
    createRequire(core.filename)(UNION);
    return true;
  } catch {
    return false;
  }
}
