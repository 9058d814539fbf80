import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { noise, sha256 } from "../test/noise";
import { clipPreprocess } from "./clip-preprocess";
import { centerCrop } from "./crop";
import goldens from "./fixtures/image-processors.json";
import { ImageProcessor } from "./image-processor";

const clip = { image_processor_type: "CLIPImageProcessor", size: { shortest_edge: 6 }, crop_size: { height: 4, width: 5 } };
const siglip = { image_processor_type: "SiglipImageProcessor", size: { height: 4, width: 5 } };

describe("ImageProcessor", () => {
  it.each(goldens.map((golden) => [golden.name, golden] as const))("equals transformers: %s", (_, { config, results }) => {
    const processor = ImageProcessor.fromConfig(JSON.stringify(config));
    for (const { from, shape, sha256: hash, ...rest } of results) {
      const values = processor.process([noise(from[0]!, from[1]!)]);
      if ("values" in rest) expect([...values]).toEqual(rest.values);
      expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
      expect(sha256(values), `${from}`).toBe(hash);
    }
  });

  it("puts images of several sizes into one batch, and changes none", () => {
    const processor = ImageProcessor.fromConfig(clip);
    const images = [noise(9, 6), noise(5, 11)];
    const before = images.map(({ data }) => sha256(data));
    const batch = processor.process(images);
    expect(batch.length).toBe(2 * 3 * 4 * 5);
    expect(batch.slice(60)).toEqual(processor.process([images[1]!]));
    expect(images.map(({ data }) => sha256(data))).toEqual(before);
    expect(processor.toRgb(images[0]!)).toMatchObject({ width: 5, height: 4 });
  });

  it("does its arithmetic alone, and comes back from the file that says the same", () => {
    for (const { config } of goldens) {
      const processor = ImageProcessor.fromConfig(config);
      const image = noise(31, 24);
      const values = processor.process([image]);
      expect(processor.normalize(processor.toRgb(image))).toEqual(values);
      const batch = new Float32Array(values.length * 2);
      expect(processor.normalize(processor.toRgb(image), batch.subarray(values.length)).buffer).toBe(batch.buffer);
      expect([batch.subarray(values.length), batch[0]]).toEqual([values, 0]);
      expect(() => processor.normalize(image, new Float32Array(5))).toThrow(refusal("SHAPE_MISMATCH"));
      const file: unknown = JSON.parse(JSON.stringify(processor.toJson()));
      expect(ImageProcessor.fromConfig(file).config).toEqual(processor.config);
      expect(ImageProcessor.fromConfig(file).process([image])).toEqual(values);
    }
  });

  it("is clipPreprocess for CLIP's configuration", () => {
    const processor = ImageProcessor.fromConfig({ image_processor_type: "CLIPImageProcessorFast" });
    expect(processor.process([noise(300, 257)])).toEqual(clipPreprocess(noise(300, 257), { size: 224 }));
  });

  it("reads open_clip's configuration", () => {
    const preprocess_cfg = {
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      interpolation: "bicubic",
      resize_mode: "squash",
      mode: "RGB",
      fill_color: 0,
    };
    const squash = ImageProcessor.fromConfig({ model_cfg: { vision_cfg: { image_size: 16 } }, preprocess_cfg });
    const same = ImageProcessor.fromConfig({ ...siglip, size: { height: 16, width: 16 } });
    expect(squash.process([noise(30, 20)])).toEqual(same.process([noise(30, 20)]));
    const shortest = ImageProcessor.fromConfig({ preprocess_cfg: { size: 24 } });
    expect(shortest.process([noise(30, 40)])).toEqual(clipPreprocess(noise(30, 40), { size: 24 }));
    const { resize_mode: _, ...rest } = preprocess_cfg;
    for (const wrong of [
      { ...rest, size: [16, 24] },
      { ...preprocess_cfg, size: 16, resize_mode: "longest" },
      { ...rest, size: 16, mode: "L" },
      { ...rest, size: 16, interpolation: "random" },
      { ...rest, size: 16, augment: true },
      rest,
    ]) {
      expect(() => ImageProcessor.fromConfig({ preprocess_cfg: wrong })).toThrow(refusal("FILE_CORRUPT"));
    }
  });

  it("computes of a resized image what is cut out of it alone", () => {
    for (const resample of [0, 1, 2, 3, 4, 5]) {
      for (const [width, height] of [
        [40, 9],
        [9, 40],
        [6, 31],
        [31, 6],
        [7, 7],
        [200, 6],
      ] as const) {
        const image = noise(width, height);
        const whole = ImageProcessor.fromConfig({ ...clip, resample, do_center_crop: false }).toRgb(image);
        const cut = centerCrop(whole, 5, 4);
        expect(ImageProcessor.fromConfig({ ...clip, resample }).toRgb(image), `${resample}: ${width} x ${height}`).toEqual(cut);
      }
    }
  });

  it("takes an image of a million lines", () => {
    const long = { width: 2, height: 1_000_000, data: new Uint8Array(6_000_000).fill(9) };
    for (const resample of [0, 3]) {
      const { data } = ImageProcessor.fromConfig({ ...clip, size: 224, crop_size: 224, resample }).toRgb(long);
      expect([data.length, new Set(data)]).toEqual([224 * 224 * 3, new Set([9])]);
    }
  });

  it("pads by rows and columns where the difference is odd, too, so that a batch has one size", () => {
    const processor = ImageProcessor.fromConfig({ ...clip, do_resize: false, crop_size: 6, do_normalize: false, do_rescale: false });
    const { data } = processor.toRgb({ width: 3, height: 1, data: new Uint8Array(9).fill(7) });
    const lit = Array.from(data.keys()).filter((i) => data[i] !== 0);
    expect(lit).toEqual(Array.from({ length: 9 }, (_, i) => (2 * 6 + 1) * 3 + i));
  });

  it.each([
    ["no JSON", "{", "FILE_CORRUPT"],
    ["a list", [], "FILE_CORRUPT"],
    ["nothing", undefined, "FILE_CORRUPT"],
    ["no type", {}, "FILE_CORRUPT"],
    ["another type", { image_processor_type: "ViTImageProcessor" }, "FILE_CORRUPT"],
    ["a type of a prototype's", { image_processor_type: "constructor" }, "FILE_CORRUPT"],
    ["a type in the prototype", '{"__proto__": {"image_processor_type": "CLIPImageProcessor"}}', "FILE_CORRUPT"],
    ["a setting that isn't known", { ...clip, do_flip: true }, "FILE_CORRUPT"],
    ["a huge size", { ...clip, size: 1e9 }, "FILE_CORRUPT"],
    ["a size of nothing", { ...clip, size: {} }, "FILE_CORRUPT"],
    ["a longest edge", { ...clip, size: { longest_edge: 224 } }, "FILE_CORRUPT"],
    ["a size that is text", { ...clip, size: "224" }, "FILE_CORRUPT"],
    ["a crop that is negative", { ...clip, crop_size: -1 }, "FILE_CORRUPT"],
    ["a crop without a width", { ...clip, crop_size: { height: 4 } }, "FILE_CORRUPT"],
    ["SigLIP's shorter side", { ...siglip, size: { shortest_edge: 4 } }, "FILE_CORRUPT"],
    ["SigLIP's crop", { ...siglip, do_center_crop: true }, "FILE_CORRUPT"],
    ["a filter that isn't", { ...clip, resample: 6 }, "FILE_CORRUPT"],
    ["a filter by name", { ...clip, resample: "bicubic" }, "FILE_CORRUPT"],
    ["a flag that is a number", { ...clip, do_resize: 1 }, "FILE_CORRUPT"],
    ["a factor of nothing", { ...clip, rescale_factor: 0 }, "FILE_CORRUPT"],
    ["an infinite mean", `${JSON.stringify(clip).slice(0, -1)},"image_mean":1e999}`, "FILE_CORRUPT"],
    ["two means", { ...clip, image_mean: [0.5, 0.5] }, "FILE_CORRUPT"],
    ["a deviation of 0", { ...clip, image_std: [0.5, 0, 0.5] }, "FILE_CORRUPT"],
    ["channels last", { ...clip, data_format: "channels_last" }, "FILE_CORRUPT"],
    ["a million arrays within each other", `{"size":${"[".repeat(400_000)}${"]".repeat(400_000)}}`, "FILE_CORRUPT"],
    ["a megabyte", `{"a":"${"x".repeat(1_000_000)}"}`, "FILE_TOO_LARGE"],
  ] as const)("refuses a configuration with %s", (_, config, expected) => {
    expect(() => ImageProcessor.fromConfig(config)).toThrow(refusal(expected));
  });

  it("refuses wrong images", () => {
    const processor = ImageProcessor.fromConfig(clip);
    expect(() => processor.process([])).toThrow(refusal("EMPTY_DATA"));
    expect(() => processor.process(noise(4, 4) as never)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => processor.process([null as never])).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => processor.process([{ ...noise(4, 4), width: 5 }])).toThrow(refusal("SHAPE_MISMATCH"));
    const uncut = ImageProcessor.fromConfig({ ...clip, do_center_crop: false });
    expect(() => uncut.process([noise(20_000, 1)])).toThrow(/width must be .*at most 65535, got 120000/);
    const largest = ImageProcessor.fromConfig({ ...clip, size: 4096 });
    expect(() => largest.process([noise(600_000, 1)])).toThrow(/width must be .*at most 2147483647/);
    const asItIs = ImageProcessor.fromConfig({ ...clip, do_resize: false, do_center_crop: false });
    expect(() => asItIs.process([noise(4, 4), noise(5, 4)])).toThrow(refusal("SHAPE_MISMATCH"));
  });
});
