import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ImageProcessor } from "@rsdix/image";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import { clipConfig, encoded, image, newFolder } from "../../test/model-folders";
import { Clip, type ClipConfig, type ClipSaveOptions, Siglip } from "../index";

const quick = { ...clipConfig, text: { ...clipConfig.text, activation: "quickGelu" } } as const satisfies ClipConfig;
const open = { layout: "openclip" } as const;
const refused = (message: RegExp, code = "INVALID_ARGUMENT") => refusal(code, message);

onEachBackend("A CLIP that is saved as open_clip's", () => {
  it.each<[string, ClipConfig]>([
    ["OpenAI's activation", quick],
    ["the exact GELU", { ...quick, image: { ...quick.image, activation: "gelu" }, text: { ...quick.text, activation: "gelu" } }],
    [
      "the approximate GELU in one tower",
      { ...quick, image: { ...quick.image, activation: "geluTanh" }, text: { ...quick.text, activation: "gelu" } },
    ],
    [
      "other norms and widths",
      { ...quick, image: { ...quick.image, layerNormEpsilon: 1e-6, width: 22, mlpWidth: 15 }, text: { ...quick.text, mlpWidth: 55 } },
    ],
    ["an end token within the vocabulary", { ...quick, text: { ...quick.text, endTokenId: 7 } }],
    ["pooling at the largest id", { ...quick, text: { ...quick.text, pooling: "largestId" } }],
  ])("is the same when it is loaded: %s", (_, config) =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(config, 1);
      const folder = await newFolder();
      expect(await clip.save(folder, open)).toEqual(["open_clip_config.json", "model.safetensors"]);
      using loaded = await Clip.fromPretrained(folder);
      const { pooling: _p, endTokenId: _e, ...text } = clip.config.text;
      expect(loaded.config).toMatchObject({ ...clip.config, text });
      expect(loaded.origin!.layout.layout).toBe("openclip");
      expect(await loaded.parameters.toCheckpoint()).toEqual(await clip.parameters.toCheckpoint());
      expect(loaded.processor.config).toEqual(clip.processor.config);
      expect([...encoded(loaded, 16)]).toEqual([...encoded(clip, 16)]);
      const ids = { ids: Int32Array.of(5, 7, 9, 515, 1, 515), shape: [1, 6] as [number, number] };
      const texts = [loaded, clip].map((each) => each.encodeText(ids));
      expect([...texts[0]!.dataSync()]).toEqual([...texts[1]!.dataSync()]);
      for (const each of texts) each.dispose();
    }),
  );

  it("keeps an image processor that squashes", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(quick, 1);
      clip.processor = ImageProcessor.fromConfig({ image_processor_type: "SiglipImageProcessor", size: 16, resample: 2 });
      const folder = await newFolder();
      await clip.save(folder, open);
      using loaded = await Clip.fromPretrained(folder);
      expect([...(await loaded.embedImages([image(20)]))]).toEqual([...(await clip.embedImages([image(20)]))]);
    }));

  it("takes the place of one in the other layout, and the other way round", () =>
    withoutLeak(async () => {
      using a = Clip.fromConfig(quick, 1);
      using b = Clip.fromConfig(quick, 2);
      const folder = await newFolder();
      for (const [clip, options] of [
        [a, {}],
        [b, open],
        [a, {}],
      ] as [Clip, ClipSaveOptions][]) {
        const files = await clip.save(folder, options);
        expect((await readdir(folder)).sort()).toEqual([...files].sort());
        using loaded = await Clip.fromPretrained(folder);
        expect(await loaded.parameters.toCheckpoint()).toEqual(await clip.parameters.toCheckpoint());
      }
      await writeFile(join(folder, "config.json"), "damaged");
      await b.save(folder, open);
      expect((await readdir(folder)).sort()).toEqual(["model.safetensors", "open_clip_config.json"]);
    }));

  it("is refused where open_clip can't say what it is, and the older one stays", () =>
    withoutLeak(async () => {
      const folder = await newFolder();
      using older = Clip.fromConfig(quick, 1);
      await older.save(folder);
      const before = await readFile(join(folder, "model.safetensors"));
      using mixed = Clip.fromConfig({ ...quick, text: { ...quick.text, activation: "gelu" } }, 2);
      await expect(mixed.save(folder, open)).rejects.toEqual(refused(/activations "quickGelu" and "gelu": its quick_gelu is of both/));
      using cut = Clip.fromConfig(quick, 2);
      cut.processor = ImageProcessor.fromConfig({ image_processor_type: "CLIPImageProcessor", size: { shortest_edge: 20 }, crop_size: 16 });
      await expect(cut.save(folder, open)).rejects.toEqual(refused(/an image processor that does other than resize to 16 pixels/));
      await expect(older.save(folder, { ...open, storage: "int8" })).rejects.toEqual(refused(/open_clip would take weights of int8/));
      await expect(older.save(folder, { ...open, maxShardBytes: 10 })).rejects.toEqual(refused(/maxShardBytes would do nothing/));
      await expect(older.save(folder, { layout: "flax" } as never)).rejects.toEqual(refused(/layout must be "huggingface" or "openclip"/));
      await expect(older.save(folder, { layer: 1 } as never)).rejects.toEqual(refused(/save has no option "layer"/, "UNKNOWN_OPTION"));
      const { image: imageConfig, text } = quick;
      using siglip = Siglip.fromConfig({ image: imageConfig, text }, 1);
      await expect(siglip.save(folder, open as never)).rejects.toEqual(refused(/save has no option "layout"/, "UNKNOWN_OPTION"));
      expect(Buffer.compare(await readFile(join(folder, "model.safetensors")), before)).toBe(0);
    }));
});
