import { KvCache } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { beamSearch } from "./beam-search";
import { greedy, nucleus, type StepModel } from "./generation";
import { Gpt2 } from "./gpt2";
import { padTokens } from "./token-batch";
import { Vocabulary } from "./vocabulary";

const config = { vocabSize: 20, contextLength: 8, width: 16, layers: 2, heads: 2 };
const make = () => Gpt2.fromConfig(config, 1);
const NOTHING = [undefined, null, {}, [], Number.NaN, 5, "x"];

/** Every way of decoding, with the options given. */
const searches = {
  greedy: (model: unknown, options: object) => greedy(model as StepModel, options as never),
  nucleus: (model: unknown, options: object) => nucleus(model as StepModel, { p: 0.9, temperature: 1, seed: 1, ...options } as never),
  beamSearch: (model: unknown, options: object) => beamSearch(model as StepModel, { beams: 2, ...options } as never),
};

function decodingOf(gpt2: Gpt2) {
  const prompt = gpt2.embed(padTokens([[1, 2], [3, 4]], 0)); // biome-ignore format: two texts
  const decoding = gpt2.decode(prompt);
  prompt.dispose();
  return decoding;
}

onEachBackend("Gpt2 refuses", () => {
  it("what is no batch of texts, and a loss without lengths", () => {
    using gpt2 = make();
    const call = (f: (input: never) => tf.Tensor, input: unknown) => () => tf.tidy(() => f(input as never));
    expectNoLeak(() => {
      for (const input of NOTHING) {
        const [embed, loss] = [(tokens: never) => gpt2.embed(tokens), (tokens: never) => gpt2.loss(tokens)];
        expect(call(embed, input), String(input)).toThrow(refusal("INVALID_ARGUMENT", /tokens must be .*padTokens/));
        expect(call(loss, input), String(input)).toThrow(refusal("INVALID_ARGUMENT", /Gpt2\.loss: tokens must be .*padTokens/));
      }
      const { ids, shape } = padTokens([[1, 2, 3]], 0);
      expect(call((tokens) => gpt2.loss(tokens), { ids, shape })).toThrow(refusal("INVALID_ARGUMENT", /tokens must have lengths/));
      const lengths = Int32Array.of(-1);
      expect(call((tokens) => gpt2.embed(tokens), { ids, shape, lengths })).toThrow(refusal("SHAPE_MISMATCH", /length/));
    });
  });

  it("input embeddings, masks and caches that are none", () => {
    using gpt2 = make();
    expectNoLeak(() => {
      tf.tidy(() => {
        const x = tf.zeros([1, 2, 16]) as tf.Tensor3D;
        const forward =
          (input: unknown, options: object = {}) =>
          () =>
            gpt2.forward(input as tf.Tensor3D, options);
        for (const input of [...NOTHING, tf.zeros([2, 16])]) {
          expect(forward(input)).toThrow(refusal("SHAPE_MISMATCH", /x must be a tensor of shape \[batch, positions, 16\]/));
          expect(() => gpt2.decode(input as tf.Tensor3D)).toThrow(refusal("SHAPE_MISMATCH", /x must be a tensor/));
        }
        expect(forward(tf.zeros([1, 2, 16], "int32"))).toThrow(refusal("INVALID_ARGUMENT", /x must be float32, got int32.*tf\.cast/));
        for (const keyMask of [null, Number.NaN, 5, [[1, 1]], tf.ones([2])]) {
          expect(forward(x, { keyMask })).toThrow(refusal("SHAPE_MISMATCH", /keyMask must be a tensor of shape \[batch, positions\]/));
        }
        for (const cache of [null, {}, 5, []]) {
          expect(forward(x, { cache })).toThrow(refusal("INVALID_ARGUMENT", /cache must be a KvCache of @rsdix\/backend/));
        }
        const cache = new KvCache();
        expect(forward(x, { cache, dropout: { residual: 0.1, seed: 1, step: 0 } })).toThrow(refusal("INVALID_ARGUMENT", /dropout is for/));
      });
    });
  });

  it("to go on from texts that were padded, and not from texts of one length", () => {
    using gpt2 = make();
    expectNoLeak(() => {
      tf.tidy(() => {
        const ragged = gpt2.embed(padTokens([[1, 2], [3]], 0)); // biome-ignore format: two texts
        expect(() => gpt2.decode(ragged)).toThrow(refusal("INVALID_ARGUMENT", /padded to one length.*same length together/));
        expect(() => gpt2.decode(gpt2.embed(padTokens([[1]], 0, 2)))).toThrow(refusal("INVALID_ARGUMENT", /padded/));
        expect(gpt2.forward(ragged).shape).toEqual([2, 2, 16]);
      });
      decodingOf(gpt2).dispose();
    });
  });

  it("to go on by rows and tokens that can't be, and goes on after that", () => {
    using gpt2 = make();
    expectNoLeak(() => {
      using decoding = decodingOf(gpt2);
      const before = decoding.logits.dataSync();
      const advance = (from: unknown, tokens: unknown) => () => decoding.advance(from as Int32Array, tokens as Int32Array);
      for (const input of [...NOTHING, Float32Array.of(0)]) {
        expect(advance(input, Int32Array.of(1))).toThrow(refusal("INVALID_ARGUMENT", /from must be an Int32Array/));
        expect(advance(Int32Array.of(1), input)).toThrow(refusal("INVALID_ARGUMENT", /tokens must be an Int32Array/));
      }
      expect(advance(Int32Array.of(1, 0), Int32Array.of(1))).toThrow(refusal("INVALID_ARGUMENT", /got 2 rows and 1 tokens/));
      expect(advance(Int32Array.of(), Int32Array.of())).toThrow(refusal("INVALID_ARGUMENT", /got 0 rows and 0 tokens/));
      expect(advance(Int32Array.of(2), Int32Array.of(1))).toThrow(refusal("INVALID_ARGUMENT", /at most 1, got 2/));
      expect(advance(Int32Array.of(1), Int32Array.of(20))).toThrow(refusal("INVALID_ARGUMENT", /at most 19, got 20/));
      expect(decoding.logits.dataSync()).toEqual(before);
      decoding.advance(Int32Array.of(0, 1), Int32Array.of(5, 6));
      using other = decodingOf(gpt2);
      other.advance(Int32Array.of(0, 1), Int32Array.of(5, 6));
      expect(decoding.logits.dataSync()).toEqual(other.logits.dataSync());
    });
  });
});

onEachBackend("Decoding refuses", () => {
  it.each(Object.entries(searches))("models without scores, or that were disposed: %s", (_, search) =>
    withoutLeak(async () => {
      const options = { stop: [], maxTokens: 2 };
      using gpt2 = make();
      const logits = tf.zeros([1, 3]);
      for (const model of [...NOTHING, { logits }, { advance() {} }, { logits: [[1]], advance() {} }]) {
        await expect(search(model, options)).rejects.toThrow(refusal("INVALID_ARGUMENT", /must have logits.*and advance.*Gpt2\.decode/));
      }
      const [flat, whole] = [tf.zeros([3]), tf.zeros([1, 3], "int32")];
      await expect(search({ logits: flat, advance() {} }, options)).rejects.toThrow(
        refusal("SHAPE_MISMATCH", /\[rows, tokens\], got \[3\]/),
      );
      await expect(search({ logits: whole, advance() {} }, options)).rejects.toThrow(refusal("INVALID_ARGUMENT", /float32, got int32/));
      tf.dispose([logits, flat, whole]);
      const decoding = decodingOf(gpt2);
      decoding.dispose();
      await expect(search(decoding, options)).rejects.toThrow(refusal("INVALID_ARGUMENT", /logits were disposed.*Gpt2\.decode/));
      const rows = Int32Array.of(0, 1);
      expect(() => decoding.advance(rows, rows)).toThrow(refusal("INVALID_ARGUMENT", /was disposed and can't go on/));
      const gone = decodingOf(gpt2);
      const going = search(gone, options); // waits before its first token
      gone.dispose();
      await expect(going).rejects.toThrow(refusal("INVALID_ARGUMENT", /logits were disposed/));
    }),
  );

  it.each(Object.entries(searches))("signals that are none, and tokens to stop at that don't exist: %s", (_, search) =>
    withoutLeak(async () => {
      using gpt2 = make();
      using decoding = decodingOf(gpt2);
      const refused = (options: object, message: RegExp) =>
        expect(search(decoding, { stop: [], maxTokens: 2, ...options })).rejects.toThrow(refusal("INVALID_ARGUMENT", message));
      for (const signal of [null, 5, {}, [], "x", Number.NaN]) await refused({ signal }, /signal must be an AbortSignal/);
      for (const stop of [[20], [1, -1], [1.5], [Number.NaN], [null]]) await refused({ stop }, /A stop token must be .*at most 19/);
      for (const stop of [undefined, null, 1, "x", {}]) await refused({ stop }, /stop must be an array of token ids/);
      expect(await search(decoding, { stop: [19], maxTokens: 1 })).toHaveLength(2);
    }),
  );

  it("to begin without options", () =>
    withoutLeak(async () => {
      using gpt2 = make();
      using decoding = decodingOf(gpt2);
      for (const search of [greedy, nucleus, beamSearch] as ((model: StepModel, options: never) => Promise<unknown>)[]) {
        await expect(search(decoding, undefined as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /must be a (whole|finite) number/));
        await expect(search(decoding, null as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /must be an object of stop/));
      }
    }));
});

describe("padTokens refuses", () => {
  it("what are no lists of token ids", () => {
    const pad =
      (rows: unknown, padId: unknown = 0, minimum?: unknown) =>
      () =>
        padTokens(rows as never, padId as never, minimum as never);
    for (const rows of [undefined, null, {}, 5, "x", Number.NaN]) {
      expect(pad(rows)).toThrow(refusal("INVALID_ARGUMENT", /takes an array of token lists/));
    }
    for (const row of [undefined, null, {}, 5, "12", Float32Array.of(1)]) {
      expect(pad([[1], row])).toThrow(refusal("INVALID_ARGUMENT", /text 1 must be an array of token ids/));
    }
    for (const id of [1.5, -1, Number.NaN, undefined, null, "1", 2 ** 31]) {
      expect(pad([[1], [2, id]])).toThrow(refusal("INVALID_ARGUMENT", /a token of text 1 must be a whole number at least 0/));
    }
    for (const padId of [0.5, null, Number.NaN, "0", 2 ** 31]) {
      expect(pad([[1]], padId)).toThrow(refusal("INVALID_ARGUMENT", /padId must be a whole number/));
    }
    for (const minimum of [1.5, -1, null, Number.NaN, "2"]) {
      expect(pad([[1]], 0, minimum)).toThrow(refusal("INVALID_ARGUMENT", /minimum must be a whole number/));
    }
    expect(pad([[1], [2]], 0, 2 ** 30)).toThrow(refusal("INVALID_ARGUMENT", /2 texts of 1073741824 tokens are more than 268435456 ids/));
    expect(padTokens([[1, 2], [3]], -1).ids).toEqual(Int32Array.of(1, 2, 3, -1));
  });
});

describe("Gpt2's weights refuse", () => {
  it("checkpoints and vocabularies that are none", () => {
    const from = (checkpoint: unknown, vocabulary?: unknown) => () => Gpt2.fromCheckpoint(config, checkpoint as never, vocabulary as never);
    for (const checkpoint of NOTHING) {
      expect(from(checkpoint)).toThrow(refusal("INVALID_ARGUMENT", /A checkpoint must be a Map of names to .*got/));
    }
    for (const [name, array] of [
      ["a", null],
      ["a", {}],
      ["a", { shape: [1] }],
      [1, { shape: [1], data: new Float32Array(1) }],
    ]) {
      expect(from(new Map([[name, array]]))).toThrow(refusal("INVALID_ARGUMENT", /must be a Map of names to .* for (a|1)\./));
    }
    for (const vocabulary of [null, {}, 5, [1, 2], "x"]) {
      const message = /vocabulary must be a Vocabulary/;
      expect(() => Gpt2.fromConfig(config, 1, vocabulary as never)).toThrow(refusal("INVALID_ARGUMENT", message));
    }
    using gpt2 = Gpt2.fromConfig(config, 1, Vocabulary.compact(20, [1, 2]));
    for (const options of [null, 5, [], { trainable: 1 }]) {
      expect(() => gpt2.parameters.clone(options as never)).toThrow(refusal("INVALID_ARGUMENT", /clone/));
    }
    expect(() => gpt2.parameters.clone({ frozen: true } as never)).toThrow(refusal("UNKNOWN_OPTION", /clone has no option "frozen"/));
  });

  it("sizes that are no numbers", () => {
    for (const width of [null, Number.NaN, "8", {}, Symbol("8")]) {
      expect(() => Gpt2.fromConfig({ ...config, width: width as never }, 1)).toThrow(refusal("INVALID_ARGUMENT", /width must be a whole/));
    }
  });
});
