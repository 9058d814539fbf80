import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { onEachBackend } from "../../../../test/tensors";
import { type Rows, tinyData, tinyTask } from "../../test/tiny-task";
import { type BatchSource, type FitOptions, findLearningRate, fit, type Task } from "../index";

const { NaN: NAN, NEGATIVE_INFINITY } = Number;
/** After three steps the next is so long that the loss is beyond float32, the weights being finite still. */
const TOO_FAR: Partial<FitOptions<Rows>> = { schedule: (step) => (step < 3 ? 1e-3 : 1e25) };
const WELL: Partial<FitOptions<Rows>> = { schedule: () => 1e-3 };

/** The rows, with more in each batch. */
function withMore(more: (step: number, rows: Rows) => object): BatchSource<Rows> {
  const data = tinyData(4);
  return { ...data, batch: (step) => Object.assign({}, more(step, data.batch(step) as Rows)) as Rows };
}

/** What a run of the tiny task ends with; asserts that it leaves no tensor. */
async function endOf(data: BatchSource<Rows>, options: object, change: (task: Task<Rows>) => Partial<Task<Rows>> = () => ({})) {
  const before = tf.memory().numTensors;
  const tiny = tinyTask();
  try {
    await drain(fit({ ...tiny.task, ...change(tiny.task) }, data, { steps: 8, ...options } as FitOptions<Rows>));
  } catch (error) {
    return error;
  } finally {
    tiny.parameters.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }
}

const says = (message: RegExp, code = "NOT_A_NUMBER") => ({ code, message: expect.stringMatching(message) });
const nowhere = { lat: Float32Array.of(NAN), lon: NAN };

onEachBackend("a loss that is no number for its rate", () => {
  it.each<[string, BatchSource<Rows>]>([
    ["in each batch", withMore((_, rows) => ({ meta: nowhere, ...rows }))],
    ["in some batches", withMore((step, rows) => ({ meta: step >= 3 ? nowhere : { lat: Float32Array.of(1), lon: 2 }, ...rows }))],
    ["in a list", withMore((step, rows) => ({ items: [{ size: 1 }, { size: step > 2 ? NEGATIVE_INFINITY : 1 }], ...rows }))],
  ])("is not laid to what no loss is computed of (%s)", async (_, data) => {
    expect(await endOf(data, TOO_FAR)).toMatchObject(
      says(/^tiny: at step 5 the loss is (NaN|Infinity)((?!batch|lat|size).)*Lower the learning rate or clip gradients\.$/),
    );
  });

  it("is told from one that is none for the batch, whatever else the batch has", async () => {
    const broken = withMore((step, rows) => ({
      meta: nowhere,
      ...rows,
      ...(step === 4 && { y: rows.y.map((y, i) => (i === 2 ? NAN : y)) }),
    }));
    expect(await endOf(broken, WELL)).toMatchObject(
      says(/^tiny: at step 5 the loss is NaN.*the batch is not finite, while the weights are: y\[2\] is NaN\. Mend/),
    );
    const second = endOf(broken, { ...WELL, accumulate: 3 });
    expect(await second).toMatchObject(says(/^tiny: at step 2 the loss is NaN.*: y\[2\] is NaN\. Mend/));
    const first = withMore((_, rows) => ({ meta: nowhere, ...rows, y: rows.y.map(() => NAN) }));
    expect(await endOf(first, WELL)).toMatchObject(says(/^tiny: at step 1 the loss is NaN.*: y\[0\] is NaN\. Mend/));
  });

  it("is laid to neither before the first update", async () => {
    const task = (tiny: Task<Rows>): Partial<Task<Rows>> => ({
      prepare: (batch, context) => {
        const compute = tiny.prepare(batch, context);
        return () => ({ loss: tf.log(tf.neg(compute().loss)) as tf.Scalar });
      },
    });
    const data = withMore((_, rows) => ({ meta: nowhere, ...rows }));
    expect(await endOf(data, WELL, task)).toMatchObject(
      says(/^tiny: at step 1 the loss is NaN((?!batch|lat|rate).)*No update was made yet: look at the loss/),
    );
  });

  /** Attention over the rows of a batch, of which a mask leaves out some. */
  const masked = (tiny: Task<Rows>): Partial<Task<Rows>> => ({
    prepare: (batch) => {
      const { x, mask } = batch as Rows & { mask: Float32Array };
      const [weight, bias] = tiny.trainable().map(({ variable }) => variable);
      return () => {
        const scores = tf.add(tf.sum(tf.matMul(tf.tensor2d(x, [4, 3]), weight as tf.Tensor as tf.Tensor2D), 1), tf.tensor1d(mask));
        const first = tf.slice(tf.softmax(scores), 0, 1);
        return { loss: tf.add(tf.neg(tf.sum(first)), tf.sum(tf.square(tf.sub(bias!, 1)))) as tf.Scalar };
      };
    },
  });
  const mask = (third: number) => Float32Array.of(0, 0, third, NEGATIVE_INFINITY);

  it("is not laid to a mask that did well before, nor is a mask spared that is broken", async () => {
    const data = withMore((_, rows) => ({ ...rows, mask: mask(0) }));
    expect(await endOf(data, TOO_FAR, masked)).toMatchObject(says(/^tiny: at step 5 the loss is((?!batch|mask).)*Lower the learning rate/));
    const broken = withMore((step, rows) => ({ ...rows, mask: mask(step === 4 ? NAN : 0) }));
    expect(await endOf(broken, WELL, masked)).toMatchObject(says(/^tiny: at step 5 the loss is NaN.*: mask\[2\] is NaN\. Mend/));
  });

  it("is found in a batch that is a tensor, and in one that can't be copied", async () => {
    const tensors = tf.memory().numTensors;
    const good = tf.ones([4]);
    const bad = tf.tensor1d([0, NAN, 1, 1]);
    const weighted = (tiny: Task<Rows>): Partial<Task<Rows>> => ({
      prepare: (batch, context) => {
        const compute = tiny.prepare(batch, context);
        return () => ({ loss: tf.mul(compute().loss, tf.mean((batch as Rows & { weights: tf.Tensor }).weights)) as tf.Scalar });
      },
    });
    const data = withMore((step, rows) => ({ ...rows, weights: step === 4 ? bad : good }));
    expect(await endOf(data, WELL, weighted)).toMatchObject(says(/^tiny: at step 5 the loss is NaN.*: weights\[1\] is NaN\. Mend/));
    tf.dispose([good, bad]);
    expect(tf.memory().numTensors).toBe(tensors);

    class Own {
      readonly #scale = 2;
      constructor(
        readonly x: Float32Array,
        readonly y: Float32Array,
        readonly lat: number,
      ) {}
      get scale() {
        return this.#scale;
      }
    }
    const reads = (tiny: Task<Rows>): Partial<Task<Rows>> => ({
      prepare: (batch, context) => {
        if ((batch as Rows & Own).scale !== 2) throw new Error("unscaled");
        return tiny.prepare(batch, context);
      },
    });
    const own = (y: (step: number, y: Float32Array) => Float32Array): BatchSource<Rows> => {
      const rows = tinyData(4);
      const make = (step: number, batch: Rows) => new Own(batch.x, y(step, batch.y), NAN);
      return { ...rows, batch: (step) => make(step, rows.batch(step) as Rows) as Rows };
    };
    const broken = own((step, y) => (step === 4 ? y.map(() => NAN) : y));
    expect(await endOf(broken, WELL, reads)).toMatchObject(says(/^tiny: at step 5 the loss is NaN.*: y\[0\] is NaN\. Mend/));
    expect(
      await endOf(
        own((_, y) => y),
        TOO_FAR,
        reads,
      ),
    ).toMatchObject(says(/^tiny: at step 5 the loss is((?!batch|lat).)*Lower the learning rate/));
  });

  it("as a gradient is laid to the batch too, where it is for that", async () => {
    /** A mean of what is known: what isn't has no part in the loss, but in the gradient. */
    const known = (tiny: Task<Rows>): Partial<Task<Rows>> => ({
      prepare: ({ x }) => {
        const input = tf.tensor1d(x.slice(0, 2));
        const isKnown = tf.tensor1d([...x.slice(0, 2)].map(Number.isFinite), "bool");
        return () => {
          const [weight, bias] = tiny.trainable().map(({ variable }) => tf.reshape(variable, [-1]));
          const some = tf.mul(tf.slice(weight!, 0, 2), input);
          return { loss: tf.add(tf.sum(tf.where(isKnown, some, tf.zerosLike(some))), tf.sum(bias!)) as tf.Scalar };
        };
      },
    });
    const data = withMore((step, rows) => ({ ...rows, x: rows.x.map((x, i) => (step === 4 && i === 1 ? NAN : x)) }));
    expect(await endOf(data, WELL, known)).toMatchObject(
      says(
        /^tiny: at step 5 the gradients' norm is NaN: the gradient of "layer\.weight" is not finite; the batch is .*: x\[1\] is NaN\. Mend/,
      ),
    );
  });
});

describe("an error of a task's own", () => {
  const own = (code?: string) => Object.assign(new Error("own: the label 7 is no class"), code === undefined ? {} : { code });
  const data = withMore((_, rows) => ({ meta: nowhere, ...rows }));
  const kinds: [name: string, error: unknown][] = [
    ["without a code", own()],
    ["with a code of ours", own("INVALID_ARGUMENT")],
    ["with NOT_A_NUMBER", own("NOT_A_NUMBER")],
    ["a text", "a text"],
    ["null", null],
  ];

  /** Throws in a step, in each of the batches from then on. */
  const throwing = (error: unknown, from: number) => (tiny: Task<Rows>) => {
    let broken = false;
    return {
      beforeStep: (step: number) => {
        broken = step >= from;
      },
      prepare: (batch: Rows, context: Parameters<Task<Rows>["prepare"]>[1]) => {
        if (broken) throw error;
        return tiny.prepare(batch, context);
      },
    };
  };

  it.each(kinds)("is thrown as it is, from a step (%s)", async (_, error) => {
    expect(await endOf(data, WELL, throwing(error, 3))).toBe(error);
    const infinite = (tiny: Task<Rows>) => ({
      ...throwing(error, 1)(tiny),
      afterStep: () => tf.tidy(() => tiny.trainable()[1]!.variable.assign(tf.fill([2], Number.POSITIVE_INFINITY))),
    });
    expect(await endOf(data, WELL, infinite)).toBe(error);
  });

  it.each(kinds)("is thrown as it is, from a validation and from the data (%s)", async (_, error) => {
    const fails = () => {
      throw error;
    };
    const validation = (given: object) => endOf(data, { ...WELL, validation: { every: 2, ...given } });
    expect(await validation({ run: fails })).toBe(error);
    expect(await validation({ data: { ...data, batch: fails } })).toBe(error);
    const measured = (tiny: Task<Rows>): Partial<Task<Rows>> => ({
      prepare: (batch, context) => (context.training ? tiny.prepare(batch, context) : fails()),
    });
    expect(await endOf(data, { ...WELL, validation: { every: 2, data } }, measured)).toBe(error);
    expect(await endOf({ ...data, batch: (step) => (step === 3 ? fails() : data.batch(step)) }, WELL)).toBe(error);
  });

  it.each(kinds)("is thrown as it is, from the search for a rate (%s)", async (_, error) => {
    using tiny = tinyTask();
    await expect(findLearningRate({ ...tiny.task, ...throwing(error, 3)(tiny.task) }, data)).rejects.toBe(error);
  });
});

it("an error of a loss of ours in a validation is laid to its batch only where it is for that", async () => {
  /** Takes no y that is no number. */
  const checked = (tiny: Task<Rows>): Partial<Task<Rows>> => ({
    prepare: (batch, context) => {
      if (!batch.y.every(Number.isFinite)) fail("INVALID_ARGUMENT", "y must be finite.");
      if ((batch as Rows & { size?: number }).size === 0) fail("INVALID_ARGUMENT", "size must not be 0.");
      return tiny.prepare(batch, context);
    },
  });
  const measure = (held: BatchSource<Rows>) => endOf(tinyData(4), { ...WELL, validation: { every: 2, data: held } }, checked);
  const broken = withMore((step, rows) => ({ meta: nowhere, ...rows, y: rows.y.map((y) => (step === 1 ? NAN : y)) }));
  expect(await measure(broken)).toMatchObject(
    says(/^tiny: in the validation at step 2 batch 1 of its data is not finite: y\[0\] is NaN\. Mend/),
  );
  const empty = withMore((step, rows) => ({ meta: nowhere, ...rows, size: step === 1 ? 0 : 1 }));
  expect(await measure(empty)).toMatchObject({ code: "INVALID_ARGUMENT", message: "size must not be 0." });
});
