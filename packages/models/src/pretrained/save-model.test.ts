import { mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import { clipConfig, newFolder, tower } from "../../test/model-folders";
import { oneAtATime } from "../files/one-at-a-time";
import { BertTokenizer, Clip, ClipCap, SentenceBert } from "../index";
import { writeShardedSafetensors } from "../node";

const tiny = { vocabSize: 257, contextLength: 24, width: 16, layers: 1, heads: 2 };
const wide = { ...clipConfig, embedDim: 16 };

onEachBackend("A model that can't be saved", () => {
  it.each([{ storage: "int4" }, { storage: null }, { maxShardBytes: 0 }, { maxShardBytes: "x" }])(
    "for %j leaves the older one",
    (options) =>
      withoutLeak(async () => {
        const folder = await newFolder();
        using older = Clip.fromConfig(clipConfig, 1);
        using other = Clip.fromConfig(wide, 1);
        await older.save(folder);
        const before = await contents(folder);
        await expect(other.save(folder, options as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
        expect(await contents(folder)).toEqual(before);
        const none = join(folder, "none");
        await expect(other.save(none, options as never)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
        await expect(readdir(none)).rejects.toMatchObject({ code: "ENOENT" });
      }),
  );

  it("leaves the older one where a file can't be written", () =>
    withoutLeak(async () => {
      const folder = await newFolder();
      using older = bert(16);
      using other = bert(8);
      await older.save(folder);
      await rm(join(folder, "1_Pooling"), { recursive: true });
      await writeFile(join(folder, "1_Pooling"), "no folder");
      const failure = { code: "WRITE_FAILED", message: expect.stringMatching(/An older one is untouched/) };
      const before = await contents(folder);
      await expect(other.save(folder)).rejects.toMatchObject(failure);
      expect(await contents(folder)).toEqual(before);
      await rm(join(folder, "1_Pooling"));
      await mkdir(join(folder, "1_Pooling/config.json"), { recursive: true });
      await expect(other.save(folder)).rejects.toMatchObject(failure);
      const after = await contents(folder);
      expect({ ...after, "1_Pooling": before["1_Pooling"] }).toEqual(before);
    }));

  it.each([{}, { maxShardBytes: 8000 }])("since it is stopped, at any moment, leaves the older one (%j)", (options) =>
    withoutLeak(async () => {
      const folder = await newFolder();
      using older = Clip.fromConfig(clipConfig, 1);
      using other = Clip.fromConfig(wide, 1);
      await older.save(folder);
      const before = await contents(folder);
      let left = 0;
      for (let looks = 0; left === 0; looks++) {
        left = looks + 1;
        const signal = {
          ...{ reason: new Error("interrupted"), addEventListener: () => {}, removeEventListener: () => {} },
          get aborted() {
            if (left > 0) left--;
            return left === 0;
          },
        } as unknown as AbortSignal;
        const saved = await other.save(folder, { ...options, signal }).catch((error) => error);
        if (left > 0) break;
        expect(saved).toMatchObject({ code: "ABORTED", cause: signal.reason, message: expect.stringMatching(/was stopped\. An older/) });
        expect(await contents(folder)).toEqual(before);
        expect(looks).toBeLessThan(500);
      }
      using loaded = await Clip.fromPretrained(folder);
      expect(loaded.config).toMatchObject({ embedDim: 16 });
      await expect(other.save(folder, { signal: true as never })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
      await expect(other.save(folder, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    }),
  );

  it.runIf(process.platform === "linux")("since no folder can be made there keeps no other from being saved", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(clipConfig, 1);
      const folder = join(await newFolder(), "a/b/c");
      const refused = expect(clip.save("/proc/none/of/it")).rejects.toMatchObject({
        code: "WRITE_FAILED",
        message: expect.stringMatching(/ENOENT/),
      });
      expect(await clip.save(folder)).toContain("model.safetensors");
      expect(await readdir(folder)).toContain("model.safetensors");
      await refused;
    }),
  );
});

onEachBackend("Models", () => {
  it("that are saved to one folder at once are saved one after the other", () =>
    withoutLeak(async () => {
      const folder = await newFolder();
      using a = Clip.fromConfig(clipConfig, 1);
      using b = Clip.fromConfig(wide, 2);
      await symlink(folder, `${folder}-link`);
      const saves = [a.save(folder), b.save(folder), a.save(folder, { maxShardBytes: 2000 }), b.save(`${folder}-link`)];
      await Promise.all([...saves, a.save(folder, { storage: "int4" as never }).catch(() => undefined)]);
      using loaded = await Clip.fromPretrained(folder);
      expect(loaded.config).toMatchObject({ embedDim: 16 });
      expect(await loaded.parameters.toCheckpoint()).toEqual(await b.parameters.toCheckpoint());
      expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      await rm(`${folder}-link`);
      await mkdir(join(folder, "kept"));
      await a.save(folder);
      expect(await readdir(folder)).toContain("kept");
    }));
});

onEachBackend("What a model is saved with", () => {
  it("is what it was when it was called", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(clipConfig, 1);
      const folder = await newFolder();
      const options: { storage: "float32" | "int8" } = { storage: "float32" };
      const saves = [clip.save(folder), clip.save(folder, options)];
      options.storage = "int8";
      await Promise.all(saves);
      expect(await readFile(join(folder, "model.safetensors"), "latin1")).not.toContain("rsdix_storage");
    }));

  it("is a tokenizer's bytes as they were when it was called", () =>
    withoutLeak(async () => {
      const folder = await newFolder();
      const content = Buffer.from("before");
      using captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 4, gpt2: tiny }, 1);
      captioner.tokenizer = Object.assign({ encode: () => [1], decode: () => "a" }, { toFiles: () => new Map([["words.txt", content]]) });
      const saving = captioner.save(folder);
      content.fill(0);
      await saving;
      expect(await readFile(join(folder, "words.txt"), "utf8")).toBe("before");
    }));

  it("stays in its folder: a tokenizer's own files", () =>
    withoutLeak(async () => {
      const folder = await newFolder();
      const inner = join(folder, "a/b");
      using captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 4, gpt2: tiny }, 1);
      const below = (...names: string[]) => new Map(names.map((name) => [name, "a"]));
      const words = { encode: () => [1], decode: () => "a" };
      for (const [files, message] of [
        [new Map([["../words.txt", "a"]]), /"\.\.\/words.txt".*leads out of its folder/],
        [new Map([["/words.txt", "a"]]), /leads out of its folder/],
        [new Map([["model.safetensors", "a"]]), /one of weights/],
        [new Map([["words.txt", 5]]), /content is 5, no text/],
        [new Map([[5, "a"]]), /isn't a text/],
        [new Map([[5n, "a"]]), /names a file 5, .*isn't a text/],
        [new Map([["config.json", "{}"]]), /"config.json".* one of weights or of a model's configuration/],
        [new Map([["open_clip_config.json", "{}"]]), /of a model's configuration/],
        [new Map([["Preprocessor_Config.json", "{}"]]), /of a model's configuration/],
        [new Map([["1_Pooling/config.json", "{}"]]), /of a model's configuration/],
        [below("a", "a/b"), /names a file "a".*a\/b is a file below it/],
        [below("a/b/c", "a/b"), /names a file "a\/b".*a\/b\/c is a file below it/],
        [new Map([["config.json/a", "a"]]), /config.json\/a is a file below it/],
        [new Map([["model.safetensors/a/b", "a"]]), /model.safetensors isn't a folder/],
        [new Map([["pytorch_model.bin/a", "a"]]), /pytorch_model.bin isn't a folder/],
        [[["words.txt", "a"]], /must give a Map.*got \[object Array\]/],
        [null, /must give a Map.*got null/],
      ] as const) {
        captioner.tokenizer = Object.assign({ ...words }, { toFiles: () => files });
        await expect(captioner.save(inner)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) });
      }
      expect(await readdir(folder)).toEqual([]);
      captioner.tokenizer = Object.assign({ ...words }, { toFiles: () => new Map([["words/all.txt", "a"]]) });
      expect(await captioner.save(inner)).toEqual(["words/all.txt", "config.json", "model.safetensors"]);
    }));
});

onEachBackend("A folder to save to", () => {
  it("is what a model is loaded from: a path, one from the home folder, a URL", () =>
    withoutLeak(async () => {
      const home = await newFolder();
      using clip = Clip.fromConfig(clipConfig, 1);
      vi.stubEnv("HOME", home);
      vi.stubEnv("USERPROFILE", home);
      for (const [i, folder] of [
        "~/models/0",
        pathToFileURL(join(home, "models/1")),
        pathToFileURL(join(home, "models/2")).href,
        pathToFileURL(join(home, "models/3")).href.replace("file:", "FILE:"),
      ].entries()) {
        await clip.save(folder);
        expect(await readdir(join(home, `models/${i}`))).toContain("model.safetensors");
        using loaded = await Clip.fromPretrained(folder);
        expect(loaded.config).toEqual(clip.config);
      }
      vi.unstubAllEnvs();
    }));

  it("is the one that its path's text leads to, whatever its links are", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(clipConfig, 1);
      const [folder, elsewhere] = [await newFolder(), await newFolder()];
      await mkdir(join(elsewhere, "inner"));
      await symlink(join(elsewhere, "inner"), join(folder, "link"));
      for (const options of [{}, { maxShardBytes: 20_000 }, {}]) {
        await clip.save(`${folder}/link/../model`, options);
        const written = await writeShardedSafetensors(`${folder}/link/../model`, await clip.parameters.toCheckpoint());
        expect(await readdir(join(folder, "model"))).toEqual(["config.json", ...written, "preprocessor_config.json"]);
      }
      using loaded = await Clip.fromPretrained(`${folder}/link/../model`);
      expect(loaded.config).toEqual(clip.config);
      expect(await readdir(elsewhere)).toEqual(["inner"]);
    }));

  it("is the one that a relative path led to when it was called", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(clipConfig, 1);
      const folder = await newFolder();
      const cwd = vi.spyOn(process, "cwd").mockReturnValue(folder);
      const saving = clip.save("model");
      cwd.mockReturnValue(join(folder, "elsewhere"));
      await saving;
      cwd.mockRestore();
      expect(await readdir(folder)).toEqual(["model"]);
      expect(await readdir(join(folder, "model"))).toContain("model.safetensors");
    }));

  it("is none on another computer, or what is no folder at all", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(clipConfig, 1);
      const refused = refusal("INVALID_ARGUMENT");
      for (const wrong of [
        "https://models.example/clip",
        new URL("https://models.example"),
        "",
        5,
        null,
        undefined,
        {},
        "file://there/a/b",
        "HTTPS://models.example/clip",
        "s3://bucket/clip",
        "ftp://models.example/clip",
        "data:text/plain,a",
        "a/".repeat(50_000),
      ]) {
        await expect(clip.save(wrong as never), String(wrong)).rejects.toEqual(refused);
      }
      await expect(Clip.fromPretrained("file://there/a/b")).rejects.toEqual(refused);
      await expect(Clip.fromPretrained("a/".repeat(50_000))).rejects.toEqual(refused);
      await expect(writeShardedSafetensors("a/".repeat(50_000), await clip.parameters.toCheckpoint())).rejects.toEqual(refused);
    }));

  it("is waited for by those that save to it, by no other", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(clipConfig, 1);
      const [first, second] = [await newFolder(), await newFolder()];
      let open = () => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      const held = oneAtATime(await realpath(first), undefined, () => opened); // somebody writes there, for long
      const waiting = clip.save(first);
      await clip.save(second);
      expect(await readdir(first)).toEqual([]);
      open();
      await held;
      await waiting;
      expect(await readdir(first)).toContain("model.safetensors");
    }));
});

function bert(width: number): SentenceBert {
  const model = SentenceBert.fromConfig({ ...tower, width, vocabSize: 5, contextLength: 8 }, 1);
  model.tokenizer = BertTokenizer.fromVocab("[PAD]\n[UNK]\n[CLS]\n[SEP]\nsea");
  return model;
}

/** The files of a folder, those of its folders aside. */
async function contents(folder: string): Promise<Record<string, string>> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  return Object.fromEntries(
    await Promise.all(entries.map(async ({ name }) => [name, await readFile(join(folder, name), "base64")] as const)),
  );
}
