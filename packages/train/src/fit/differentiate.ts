import { fail, show, showShape } from "@rsdix/internal";
import type { TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { StepContext, Task, TaskLoss } from "./task";

/** Loss, scalars and gradients of a batch, or their sums over several; whoever has them frees them. */
export type Differentiated = {
  loss: tf.Scalar;
  parts: Record<string, tf.Scalar>;
  logs: Record<string, tf.Scalar>;
  /** One a parameter, in their order. */
  gradients: tf.Tensor[];
};

/** Loss and gradients of one batch. Nothing but what it gives stays on the device. */
export function differentiate<Batch>(
  task: Task<Batch>,
  batch: Batch,
  parameters: readonly TrainableParameter[],
  context: StepContext,
): Differentiated {
  return tf.tidy(() =>
    task.valueAndGradients ? ownGradients(task, batch, parameters, context) : onTape(task, batch, parameters, context),
  );
}

/** The sums of two; frees both, also where they cannot be added. */
export function added(task: string, a: Differentiated, b: Differentiated): Differentiated {
  const scalars = (one: Record<string, tf.Scalar>, other: Record<string, tf.Scalar>, what: string) => {
    const only = [...Object.keys(one), ...Object.keys(other)].find((name) => !Object.hasOwn(one, name) || !Object.hasOwn(other, name));
    if (only !== undefined) {
      fail(
        "INVALID_ARGUMENT",
        `${task}: only some of a step's ${what}s have "${only}", of which there is no mean. With accumulate, give it with each batch, or with none.`,
      );
    }
    return Object.fromEntries(Object.entries(one).map(([name, value]) => [name, tf.add(value, other[name]!) as tf.Scalar]));
  };
  try {
    return tf.tidy(() => ({
      loss: tf.add(a.loss, b.loss) as tf.Scalar,
      parts: scalars(a.parts, b.parts, "part"),
      logs: scalars(a.logs, b.logs, "log"),
      gradients: a.gradients.map((gradient, i) => tf.add(gradient, b.gradients[i]!)),
    }));
  } finally {
    release(a);
    release(b);
  }
}

/** Frees all of it. */
export function release({ loss, parts, logs, gradients }: Differentiated): void {
  tf.dispose([loss, Object.values(parts), Object.values(logs), gradients]);
}

function ownGradients<Batch>(
  task: Task<Batch>,
  batch: Batch,
  parameters: readonly TrainableParameter[],
  context: StepContext,
): Differentiated {
  const { gradients, ...result } = task.valueAndGradients!(batch, parameters, context) ?? {};
  const scalars = copied(task.name, result as TaskLoss);
  if (!Array.isArray(gradients))
    fail("INVALID_ARGUMENT", `${task.name}: valueAndGradients must give a list of gradients, got ${show(gradients)}.`);
  const wrong = parameters.find(({ variable }, i) => gradients[i]?.shape?.join() !== variable.shape.join());
  if (gradients.length !== parameters.length || wrong) {
    const at = wrong ? `, and that of "${wrong.name}" must have the weight's shape [${wrong.variable.shape.join(", ")}]` : "";
    fail(
      "SHAPE_MISMATCH",
      `${task.name}: valueAndGradients must give a gradient for each of the ${parameters.length} weights, got ${gradients.length}${at}.`,
    );
  }
  return { ...scalars, gradients: gradients.map((gradient) => tf.clone(gradient)) }; // a weight may be its own gradient
}

/** What computes the loss of a batch, once it is found to be a function. */
export function prepared<Batch>(task: Task<Batch>, batch: Batch, context: StepContext): () => TaskLoss {
  const compute = task.prepare(batch, context);
  if (typeof compute === "function") return compute;
  return fail("INVALID_ARGUMENT", `${task.name}: prepare must give a function that computes the loss, got ${show(compute)}.`);
}

/** What `variableGrads` says of a loss that no weight leads to, or of weights of which none is trainable. */
const NO_WEIGHT = /connection between any variable|none of the \d+ variables is trainable/;

function onTape<Batch>(task: Task<Batch>, batch: Batch, parameters: readonly TrainableParameter[], context: StepContext): Differentiated {
  const compute = prepared(task, batch, context);
  let scalars: Omit<Differentiated, "gradients"> | undefined;
  // What TensorFlow.js keeps for the way back it only frees when the loss returns, so an error is held until it did.
  let failed: { error: unknown } | undefined;
  try {
    const run = () => {
      try {
        scalars = copied(task.name, compute());
        // Kept, because the tape frees all but the loss.
        for (const value of [...Object.values(scalars.parts), ...Object.values(scalars.logs)]) tf.keep(value);
        return scalars.loss;
      } catch (error) {
        failed = { error };
        return tf.scalar(0);
      }
    };
    const { value, grads } = tf.variableGrads(
      run,
      parameters.map(({ variable }) => variable),
    );
    const gradients = parameters.map(
      ({ name, variable }) =>
        grads[variable.name] ??
        fail(
          "INVALID_ARGUMENT",
          `${task.name}: the loss does not depend on the trainable weight "${name}". Freeze it, or use it in the loss.`,
        ),
    );
    return { ...scalars!, loss: value, gradients };
  } catch (error) {
    if (scalars) tf.dispose([...Object.values(scalars.parts), ...Object.values(scalars.logs)]); // kept ones outlive the tidy
    if (failed) throw failed.error; // the loss of 0 in its place depends on no weight
    if (!NO_WEIGHT.test(String(error))) throw error;
    const [first] = parameters;
    return fail(
      "INVALID_ARGUMENT",
      `${task.name}: the loss depends on none of the ${parameters.length} trainable weights, the first being "${first!.name}". Compute it with the variables themselves, not with copies of their values, or freeze them.`,
      error,
    );
  }
}

/** Scalars of one's own: those of the task may be variables, or one tensor under two names. */
export function copied(task: string, result: TaskLoss): Omit<Differentiated, "gradients"> {
  const { loss, parts = {}, logs = {} } = result ?? {};
  if (typeof (result as Partial<PromiseLike<unknown>>)?.then === "function")
    fail("INVALID_ARGUMENT", `${task}: the loss must be computed at once, got a promise. Await what it needs where batches are made.`);
  checkScalar(loss, `${task}: the loss`);
  if (loss.dtype !== "float32") fail("INVALID_ARGUMENT", `${task}: the loss must be float32, got ${loss.dtype}, which has no gradient.`);
  for (const [what, scalars] of Object.entries({ parts, logs })) {
    if (show(scalars) !== "[object Object]")
      fail("INVALID_ARGUMENT", `${task}: ${what} must be scalars by name, or left out, got ${show(scalars)}.`);
  }
  if ("total" in parts) fail("INVALID_ARGUMENT", `${task}: a part of the loss can't be named "total", which is the loss itself.`);
  const clones = (scalars: Record<string, tf.Scalar>, what: string) => {
    for (const [name, value] of Object.entries(scalars)) checkScalar(value, `${task}: the ${what} "${name}"`);
    return () =>
      Object.fromEntries(
        Object.entries(scalars).map(([name, value]) => [
          name,
          value.dtype === "float32" ? tf.clone(value) : tf.cast<tf.Scalar>(value, "float32"),
        ]),
      );
  };
  const [clonedParts, clonedLogs] = [clones(parts, "part"), clones(logs, "log")]; // all are looked at before the first is made
  return { loss: tf.clone(loss), parts: clonedParts(), logs: clonedLogs() };
}

function checkScalar(value: tf.Tensor | undefined, what: string): asserts value is tf.Scalar {
  const isTensor = typeof value?.dataSync === "function";
  if (isTensor && value.rank === 0 && !value.isDisposed) return;
  fail("SHAPE_MISMATCH", `${what} must be a scalar, a tensor of shape [], got ${isTensor ? `shape ${showShape(value)}` : show(value)}.`);
}
