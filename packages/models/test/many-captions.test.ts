import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { inHostMemory, onEachBackend } from "../../../test/tensors";
import { Clip, ClipCap, Gpt2Tokenizer } from "../src/index";

const tower = { width: 8, layers: 1, heads: 2 };
const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });

/** What is held: tensors and their bytes, what the backend has of them, and on WebGPU the buffers that it keeps for others. */
function held() {
  const { numTensors, numBytes, numDataBuffers, numBytesInGPU, numBytesAllocatedInGPU } = tf.memory() as tf.MemoryInfo & {
    numBytesInGPU?: number;
    numBytesAllocatedInGPU?: number;
  };
  return { numTensors, numBytes, numDataBuffers, numBytesInGPU, numBytesAllocatedInGPU, dataIds: tf.backend().numDataIds() };
}

onEachBackend("A captioner that has captioned many images", (backend) => {
  // A software GPU takes a hundred times as long for each.
  const [few, many] = inHostMemory(backend) ? [20, 200] : [4, 24];

  it(`holds after ${many} what it held after ${few}`, async () => {
    const before = held().numTensors;
    {
      using clip = Clip.fromConfig(
        { embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 20, contextLength: 6 } },
        1,
      );
      const gpt2 = { ...tower, vocabSize: tokenizer.vocabSize, contextLength: 12 };
      using clipcap = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 2, gpt2 }, 1);
      Object.assign(clipcap, { encoder: clip, tokenizer });
      const ways = [{}, { beams: 2 }, { nucleus: { seed: 1 } }];
      const caption = async (i: number) => {
        const image = { width: 9, height: 8, data: Uint8Array.from({ length: 3 * 72 }, (_, at) => (at * (i + 3)) % 256) };
        const options = { maxTokens: 3, stop: [], ...ways[i % 3] };
        expect(await clipcap.captionImages([image], options)).toHaveLength(1);
        if (i % 3 !== 0) return;
        const embeddings = tf.tensor2d(await clip.embedImages([image]), [1, 8]);
        let tokens = 0;
        for await (const _ of clipcap.captionStream(embeddings, tokenizer, options)) if (++tokens === 2) break; // left early
        embeddings.dispose();
      };
      for (let i = 0; i < few; i++) await caption(i);
      const after = held();
      for (let i = few; i < many; i++) await caption(i);
      expect(held()).toEqual(after);
    }
    expect(held().numTensors).toBe(before);
  });
});
