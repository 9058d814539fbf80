import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, inHostMemory, onEachBackend } from "../../../test/tensors";
import { type ChunkEncoder, gradCache } from "./grad-cache";
import { infoNCE } from "./info-nce";
import { learnableScale } from "./learnable";

const WIDTH = 6;
const normal = (seed: number, rows: number, columns: number) => {
  const random = createRandom(seed);
  return tf.tensor2d(Float32Array.from({ length: rows * columns }, random.normal), [rows, columns]);
};

/** A perceptron with one hidden layer and outputs of unit length; `hidden` decides what a row costs on the tape. */
function perceptron(seed: number, hidden = 8) {
  const [up, bias, down] = tf.tidy(() => [
    tf.variable(tf.div(normal(seed, WIDTH, hidden), 2)),
    tf.variable(tf.zeros([hidden])),
    tf.variable(tf.div(normal(seed + 1, hidden, 5), Math.sqrt(hidden))),
  ]);
  const encode = (x: tf.Tensor2D) => {
    const y = tf.matMul(tf.tanh(tf.add(tf.matMul(x, up as tf.Tensor2D), bias!)) as tf.Tensor2D, down as tf.Tensor2D);
    return tf.div<tf.Tensor2D>(y, tf.sqrt(tf.sum(tf.square(y), 1, true)));
  };
  return { encode, variables: [up!, bias!, down!] };
}

/** Names and values; frees the tensors. */
function numbersOf({ value, grads }: { value: tf.Tensor; grads: tf.NamedTensorMap }) {
  const numbers = Object.entries(grads).map(([name, grad]) => [name, [...grad.dataSync()]] as const);
  const result = { value: value.dataSync()[0]!, grads: new Map(numbers), shapes: Object.values(grads).map(({ shape }) => shape) };
  tf.dispose([value, grads]);
  return result;
}

/** Checks both for the same names, and each gradient for equality relative to its greatest entry. */
function expectEqual(cached: ReturnType<typeof numbersOf>, whole: ReturnType<typeof numbersOf>): void {
  expect([cached.value]).toBeAllclose([whole.value], { rtol: 1e-6 });
  expect([...cached.grads.keys()].sort()).toEqual([...whole.grads.keys()].sort());
  for (const [name, grad] of whole.grads) {
    expect(cached.grads.get(name)!).toBeAllclose(grad, { rtol: 1e-6, atol: 1e-6 * Math.max(...grad.map(Math.abs)) });
  }
}

onEachBackend("gradCache", () => {
  /** Two encoders, a learnable scale, a batch of 12, and one variable that nobody uses. */
  function withModel(body: (model: ReturnType<typeof makeModel>) => void): void {
    expectNoLeak(() => {
      const model = makeModel();
      body(model);
      tf.dispose([model.images, model.texts, ...model.variables]);
    });
  }
  function makeModel() {
    const [image, text] = [perceptron(1), perceptron(3)];
    const logitScale = learnableScale("clip");
    const unused = tf.tidy(() => tf.variable(tf.scalar(1)));
    const loss = (a: tf.Tensor2D, b: tf.Tensor2D) => infoNCE(a, b, { logitScale });
    const variables = [...image.variables, ...text.variables, logitScale, unused];
    return { image, text, logitScale, loss, variables, images: normal(5, 12, WIDTH), texts: normal(6, 12, WIDTH) };
  }

  it.each([12, 6, 3, 1, 5, 100])("gives what variableGrads gives in one pass: chunk %i", (chunk) => {
    withModel(({ image, text, loss, images, texts }) => {
      const whole = numbersOf(tf.variableGrads(() => loss(image.encode(images), text.encode(texts))));
      const cached = numbersOf(gradCache(image.encode, text.encode, loss, images, texts, { chunk }));
      expectEqual(cached, whole);
      expect(cached.grads.size).toBe(7); // all but the unused one
      expect(cached.shapes).toEqual(whole.shapes);
    });
  });

  it("adds up the gradients of an encoder that serves both sides", () => {
    withModel(({ image: { encode }, loss, images, texts }) => {
      const whole = numbersOf(tf.variableGrads(() => loss(encode(images), encode(texts))));
      expectEqual(numbersOf(gradCache(encode, encode, loss, images, texts, { chunk: 5 })), whole);
      expect(whole.grads.size).toBe(4);
    });
  });

  it("takes batches of different lengths and kinds, and hands each chunk on with its index", () => {
    withModel(({ image, text, loss, images, texts }) => {
      const few = tf.slice2d(texts, [0, 0], [7, WIDTH]);
      const rows = few.arraySync();
      const seen: [number, number][] = [];
      const encodeRows: ChunkEncoder<number[][]> = (chunk, index) => {
        seen.push([index, chunk.length]);
        return text.encode(tf.tensor2d(chunk));
      };
      const lossOf = (a: tf.Tensor2D, b: tf.Tensor2D) => loss(tf.slice2d(a, [2, 0], [7, 5]), b);
      const whole = numbersOf(tf.variableGrads(() => lossOf(image.encode(images), text.encode(few))));
      expectEqual(numbersOf(gradCache(image.encode, encodeRows, lossOf, images, rows, { chunk: 3 })), whole);
      const once = [
        [0, 3],
        [1, 3],
        [2, 1],
      ];
      expect(seen).toEqual([...once, ...once]);
      const typed = Int32Array.from([4, 0, 2, 1, 11, 3, 3]);
      const encodeIds = (ids: Int32Array) => image.encode(tf.gather(images, tf.tensor1d([...ids], "int32")));
      const gathered = numbersOf(tf.variableGrads(() => loss(encodeIds(typed), text.encode(few))));
      expectEqual(numbersOf(gradCache(encodeIds, text.encode, loss, typed, few, { chunk: 2 })), gathered);
      few.dispose();
    });
  });

  it("differentiates only what varList names, and passes over a frozen encoder", () => {
    withModel(({ image, text, logitScale, loss, images, texts }) => {
      const varList = [image.variables[0]!, logitScale];
      const frozen = tf.tidy(() => text.encode(texts));
      const whole = numbersOf(tf.variableGrads(() => loss(image.encode(images), frozen), varList));
      const cached = gradCache(image.encode, (x: tf.Tensor2D) => x, loss, images, frozen, { chunk: 5, varList });
      expectEqual(numbersOf(cached), whole);
      expect(whole.grads.size).toBe(2);
      tf.dispose(frozen);
    });
  });

  it("agrees where an encoder's embeddings do not reach the loss", () => {
    withModel(({ image, text, images, texts }) => {
      const loss = (a: tf.Tensor2D) => tf.mean<tf.Scalar>(tf.square(tf.sub(a, 0.1)));
      const whole = numbersOf(tf.variableGrads(() => loss(image.encode(images))));
      expectEqual(numbersOf(gradCache(image.encode, text.encode, loss, images, texts, { chunk: 4 })), whole);
    });
  });

  it("keeps gradients apart that a custom gradient gives as one tensor", () => {
    withModel(({ images, loss }) => {
      const [x, y] = tf.tidy(() => [1, 2].map((seed) => tf.variable(normal(seed, 1, WIDTH))));
      const sum = tf.customGrad((a, b) => ({ value: tf.add(a as tf.Tensor, b as tf.Tensor), gradFunc: (dy: tf.Tensor) => [dy, dy] }));
      const encode = (chunk: tf.Tensor2D) => tf.mul<tf.Tensor2D>(chunk, sum(x!, y!));
      const whole = numbersOf(tf.variableGrads(() => loss(encode(images), images), [x!, y!]));
      expectEqual(
        numbersOf(gradCache(encode, (chunk: tf.Tensor2D) => chunk, loss, images, images, { chunk: 5, varList: [x!, y!] })),
        whole,
      );
      tf.dispose([x!, y!]);
    });
  });

  it("accepts dropout that is seeded by the chunk's index, and names an encoder that draws anew", () => {
    withModel(({ image, text, loss, images, texts }) => {
      const seeded: ChunkEncoder<tf.Tensor2D> = (x, index) => tf.dropout(image.encode(x), 0.5, undefined, index) as tf.Tensor2D;
      const { value, grads } = gradCache(seeded, text.encode, loss, images, texts, { chunk: 4 });
      tf.dispose([value, grads]);
      if (!inHostMemory(tf.getBackend())) return; // elsewhere the check would wait for the device
      const unseeded = (x: tf.Tensor2D) => tf.dropout(text.encode(x), 0.5) as tf.Tensor2D;
      expect(() => gradCache(image.encode, unseeded, loss, images, texts, { chunk: 4 })).toThrow(
        /encodeB must give chunk 0 the same embeddings in both passes.*Seed dropout by the chunk's index/,
      );
    });
  });

  it("frees everything when an encoder or the loss throws, in either pass", () => {
    withModel(({ image, text, loss, images, texts }) => {
      for (const [last, pass] of [
        [1, "first"],
        [4, "second"],
      ] as const) {
        expectNoLeak(() => {
          let calls = 0;
          const encode = (x: tf.Tensor2D) => {
            const y = image.encode(x); // leaves tensors on the tape
            if (calls++ === last) throw new Error(`boom in the ${pass} pass`);
            return y;
          };
          expect(() => gradCache(encode, text.encode, loss, images, texts, { chunk: 4 })).toThrow(`boom in the ${pass} pass`);
        });
      }
      expectNoLeak(() => {
        const broken = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.add(loss(a, b), tf.matMul(a, b)) as tf.Scalar; // widths do not fit
        expect(() => gradCache(image.encode, text.encode, broken, images, texts, { chunk: 4 })).toThrow(/matMul/);
      });
    });
  });

  it("needs less memory than one pass, and no more for a batch eight times as long but for its embeddings", () => {
    expectNoLeak(() => {
      const { encode, variables } = perceptron(1, 256);
      const loss = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.mean<tf.Scalar>(tf.square(tf.sub(a, b)));
      const measure = (
        rows: number,
        run: (x: tf.Tensor2D, seen: (x: tf.Tensor2D) => tf.Tensor2D) => { value: tf.Tensor; grads: object },
      ) => {
        const batch = normal(5, rows, WIDTH);
        const before = tf.memory().numBytes;
        let peak = 0;
        // The tape is longest when an encoder or the loss ends, so that is where bytes are read.
        const seen = (x: tf.Tensor2D) => {
          const y = encode(x);
          peak = Math.max(peak, tf.memory().numBytes - before);
          return y;
        };
        const { value, grads } = run(batch, seen);
        tf.dispose([batch, value, grads as tf.NamedTensorMap]);
        return peak;
      };
      const whole = measure(512, (x, seen) => tf.variableGrads(() => loss(seen(x), seen(x))));
      const cached = (rows: number) => measure(rows, (x, seen) => gradCache(seen, seen, loss, x, x, { chunk: 16 }));
      const [short, long] = [cached(64), cached(512)];
      expect(short).toBeLessThan(whole / 8);
      // Of each further sample: two embeddings and their gradients, of 5 floats each.
      expect(long - short).toBeLessThanOrEqual((512 - 64) * 4 * 5 * 4);
      tf.dispose(variables);
    });
  });
});

describe("gradCache's arguments", () => {
  it("are named when wrong, and nothing is left behind", () => {
    expectNoLeak(() => {
      const { encode, variables } = perceptron(1);
      const x = normal(1, 4, WIDTH);
      const loss = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.sum<tf.Scalar>(tf.mul(a, b));
      const call = (change: object) => {
        const given = { a: encode, b: encode, loss, x, y: x, options: { chunk: 2 }, ...change };
        return () => gradCache(given.a, given.b, given.loss, given.x, given.y, given.options);
      };
      const mismatch = refusal("SHAPE_MISMATCH");
      for (const chunk of [0, -1, 1.5, Number.NaN, "2", undefined]) {
        expect(call({ options: { chunk } })).toThrow(/chunk must be a whole number at least 1/);
      }
      expect(call({ options: undefined })).toThrow(/chunk must be/);
      expect(call({ options: { chunk: 2, chunks: 1 } })).toThrow(refusal("UNKNOWN_OPTION"));
      expect(call({ x: [] })).toThrow(/batchA must hold at least one sample, got none/);
      expect(() => tf.tidy(() => void call({ y: tf.zeros([0, WIDTH]) })())).toThrow(
        /batchB must hold at least one sample, got shape \[0, 6\]/,
      );
      expect(call({ x: undefined })).toThrow(/batchA must be a tensor, or an array/);
      expect(call({ a: (c: tf.Tensor2D) => tf.sum(c) })).toThrow(/encodeA must return float32 \[2, d\], got float32 \[\]/);
      expect(call({ b: (c: tf.Tensor2D) => tf.slice2d(encode(c), [0, 0], [1, 5]) })).toThrow(mismatch);
      expect(call({ a: async (c: tf.Tensor2D) => c })).toThrow(/got \[object Promise\]/);
      expect(call({ a: (c: tf.Tensor2D, k: number) => tf.slice2d(c, [0, 0], [2, 2 + k]) })).toThrow(
        /encodeA must return float32 \[2, 2\], got float32 \[2, 3\]/,
      );
      expect(call({ loss: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.sum(tf.mul(a, b), 1) })).toThrow(/loss must return float32 \[\]/);
      expect(call({ loss: () => 1 })).toThrow(/loss must return float32 \[\], got 1/);
      expect(call({ a: (c: tf.Tensor2D) => c, b: (c: tf.Tensor2D) => c })).toThrow(/must depend on a trainable variable/);
      expect(call({ options: { chunk: 2, varList: [] } })).toThrow(/varList must be an array of at least one trainable variable/);
      expect(call({ options: { chunk: 2, varList: [x] } })).toThrow(/varList must be/);
      const learnt = tf.variable(x);
      expect(() => tf.tidy(() => void call({ y: learnt })())).toThrow(/batchB must be data, got a variable to differentiate by/);
      expect(() => tf.tidy(() => void call({ y: learnt, options: { chunk: 2, varList: variables } })())).not.toThrow();
      learnt.dispose();
      for (const variable of variables) variable.trainable = false;
      expect(call({})).toThrow(/There must be a trainable variable/);
      expect(call({ options: { chunk: 2, varList: variables } })).toThrow(/varList must be/);
      tf.dispose([x, ...variables]);
    });
  });
});
