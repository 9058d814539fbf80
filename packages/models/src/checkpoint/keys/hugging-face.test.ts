import { describe, expect, it } from "vitest";
import { refusal } from "../../../../../test/refusal";
import { openClipFile, rsdixFile, siglipFile } from "../../../test/layout-files";
import { readAll } from "../lazy-checkpoint";
import { fromHuggingFace, toHuggingFace } from "./hugging-face";
import { detectLayout } from "./layouts";

describe("toHuggingFace", () => {
  it("finds every model of a file, and the one that is meant", async () => {
    const file = await rsdixFile();
    const models = detectLayout(file.keys()).map(({ model, layout, prefix }) => `${model} ${layout} ${prefix}`);
    expect(models.sort()).toEqual([
      "clip rsdix _forward_module._clip_encoder._student.",
      "clip rsdix _forward_module._clip_encoder._teacher.",
      "clipcap rsdix _forward_module._clipcap.",
    ]);
    expect(() => toHuggingFace(file)).toThrow(/several models: clip.*student.*clipcap.*Choose by model, layout, role or prefix/);
    expect(() => toHuggingFace(file)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(toHuggingFace(file, { model: "clip" }).layout.role).toBe("student");
    expect(toHuggingFace(file, { prefix: "_forward_module._clip_encoder._teacher.", role: "teacher" }).layout.role).toBe("teacher");
    const gpt2 = toHuggingFace(file, { model: "gpt2" });
    expect(gpt2.layout).toEqual({ model: "gpt2", layout: "huggingface", prefix: "_forward_module._clipcap.gpt." });
    expect(gpt2.ignored).toEqual(["_forward_module._clipcap.gpt.lm_head.weight"]);
    expect(() => toHuggingFace(file, { model: "bert" })).toThrow(/no model that is known as bert: it holds .*clipcap/);
    expect(() => toHuggingFace(file, { model: "siglip" })).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });

  it("splits an array in one reading, and gives memory of the caller's own", async () => {
    let reads = 0;
    const values = Float32Array.from({ length: 24 }, (_, i) => i);
    const weight = {
      dtype: "F16",
      shape: [12, 2],
      async read() {
        reads++;
        return { dtype: "float32" as const, shape: [12, 2], data: values.slice() };
      },
    };
    const file = new Map([...openClipFile()]);
    file.set("visual.transformer.resblocks.0.attn.in_proj_weight", weight);
    const { tensors } = toHuggingFace(file);
    const part = (name: string) => tensors.get(`vision_model.encoder.layers.0.self_attn.${name}_proj.weight`)!;
    expect({ ...part("q"), read: undefined }).toEqual({ dtype: "F16", shape: [4, 2], read: undefined });
    const [q, k, v] = [await part("q").read(), await part("k").read(), await part("v").read()];
    expect(reads).toBe(1);
    expect([...q.data, ...k.data, ...v.data]).toEqual([...values]);
    q.data.fill(99);
    expect((await part("q").read()).data[0]).toBe(0);
  });

  it("keeps what it doesn't know, and says so", () => {
    const file = new Map(openClipFile());
    const extra = { dtype: "F32", shape: [1], read: async () => ({ dtype: "float32" as const, shape: [1], data: new Float32Array(1) }) };
    file.set("visual.transformer.resblocks.0.ls_1.gamma", extra);
    file.set("visual.head.weight", extra);
    const { tensors, unknown } = toHuggingFace(file);
    expect(unknown).toEqual(["visual.transformer.resblocks.0.ls_1.gamma", "visual.head.weight"]);
    expect(tensors.get("visual.head.weight")).toBe(extra);
  });

  it("tells OpenAI's layout from open_clip's only by its sizes, and takes a choice", () => {
    expect(detectLayout(openClipFile().keys())).toEqual([{ model: "clip", layout: "openclip", prefix: "" }]);
    expect(toHuggingFace(openClipFile(), { layout: "openai" }).layout.layout).toBe("openai");
    expect(() => toHuggingFace(openClipFile(), { layout: "huggingface" })).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });

  it("refuses shapes that don't fit, repeated names and wrong choices", async () => {
    const change = (name: string, shape: number[]) => {
      const file = new Map(openClipFile());
      return file.set(name, { ...file.get(name)!, shape });
    };
    expect(() => toHuggingFace(change("visual.transformer.resblocks.1.attn.in_proj_bias", [35]))).toThrow(
      /multiple of 3 rows, got .*\[35\]/,
    );
    expect(() => toHuggingFace(change("text_projection", [8]))).toThrow(/"text_projection" should be a matrix/);
    expect(() => toHuggingFace(change("text_projection", [8]))).toThrow(refusal("CHECKPOINT_MISMATCH"));
    const twice = new Map(openClipFile());
    for (const [name, tensor] of toHuggingFace(openClipFile()).tensors) twice.set(name, tensor);
    expect(() => toHuggingFace(twice, { layout: "openclip" })).toThrow(/in two layouts at once/);
    expect(() => toHuggingFace(twice, { layout: "openclip" })).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(() => toHuggingFace(new Map())).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(() => toHuggingFace(openClipFile(), { model: "vit" as never })).toThrow(/model must be one of clipcap, clip/);
    expect(() => toHuggingFace(openClipFile(), { role: "both" as never })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => toHuggingFace(openClipFile(), { name: "clip" } as never)).toThrow(refusal("UNKNOWN_OPTION"));
  });

  it("refuses an output matrix that isn't the token table, when it is read", async () => {
    const file = new Map(await rsdixFile());
    const name = "_forward_module._clipcap.gpt.lm_head.weight";
    const other = {
      dtype: "float16",
      shape: [17, 16],
      read: async () => ({ dtype: "float32" as const, shape: [17, 16], data: new Float32Array(272) }),
    };
    const { tensors } = toHuggingFace(file.set(name, other), { model: "clipcap" });
    await expect(tensors.get("gpt.transformer.wte.weight")!.read()).rejects.toThrow(refusal("CHECKPOINT_MISMATCH"));
    await expect(tensors.get("gpt.transformer.wte.weight")!.read()).rejects.toThrow(
      /lm_head.weight" differs from the token table \("gpt.transformer.wte/,
    );
    expect(() => toHuggingFace(file.set(name, { ...other, shape: [18, 16] }), { model: "clipcap" })).toThrow(
      refusal("CHECKPOINT_MISMATCH"),
    );
  });

  it("refuses files of absurdly many arrays or prefixes at once", () => {
    const array = openClipFile().get("logit_scale")!;
    const many = (count: number, name: (i: number) => string) =>
      new Map(Array.from({ length: count }, (_, i) => [name(i), array] as const));
    expect(() => toHuggingFace(many(10_001, (i) => `a.${i}`))).toThrow(/10001 arrays, more than the 10000/);
    expect(() => toHuggingFace(many(10_000, (i) => `${"a.".repeat(i % 20)}visual.class_embedding`))).toThrow(/More than 16 prefixes/);
  });
});

describe("fromHuggingFace", () => {
  it("writes a SigLIP that open_clip reads", async () => {
    const back = fromHuggingFace(toHuggingFace(siglipFile()).tensors, { model: "siglip", layout: "openclip" });
    expect(await readAll(back.tensors)).toEqual(await readAll(siglipFile()));
    expect([back.unknown, back.ignored]).toEqual([[], []]);
  });

  it.each(["openclip", "openai"] as const)("writes what %s reads", async (layout) => {
    const { tensors } = toHuggingFace(openClipFile());
    const back = fromHuggingFace(tensors, { model: "clip", layout });
    expect(new Map(await readAll(back.tensors))).toEqual(new Map(await readAll(openClipFile())));
    expect([back.unknown, back.ignored]).toEqual([[], []]);
  });

  it("writes RSDiX's layout, whose output matrix is there twice", async () => {
    const file = await rsdixFile();
    const whole = new Map<string, unknown>();
    for (const target of [{ model: "clip", role: "student" }, { model: "clip", role: "teacher" }, { model: "clipcap" }] as const) {
      const { tensors } = fromHuggingFace(toHuggingFace(file, target).tensors, { ...target, layout: "rsdix" });
      for (const [name, tensor] of await readAll(tensors)) whole.set(name.replace(/^_(student|teacher)/, "_clip_encoder._$1"), tensor);
    }
    const expected = [...(await readAll(file))].map(([name, tensor]) => [name.replace("_forward_module.", ""), tensor] as const);
    expect(whole).toEqual(new Map(expected.filter(([name]) => name !== "_dist_loss.T_s")));
  });

  it("keeps what it doesn't know, below the prefix", () => {
    const extra = openClipFile().get("logit_scale")!;
    const { tensors, unknown } = fromHuggingFace(new Map([["extra", extra]]), { model: "clip", layout: "openclip", prefix: "module." });
    expect([[...tensors.keys()], unknown]).toEqual([["module.extra"], ["extra"]]);
  });

  it("refuses targets that there aren't", () => {
    const write = (target: object) => () => fromHuggingFace(new Map(), target as never);
    expect(write({ model: "clip", layout: "openclip", role: "teacher" })).toThrow(/Only RSDiX's layout/);
    expect(write({ model: "gpt2", layout: "openclip" })).toThrow(/layouts of "gpt2" are huggingface, bare/);
    expect(write({ model: "gpt2", layout: "tensorflow" })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(write({ model: "gpt2", layout: "bare", to: 1 })).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
