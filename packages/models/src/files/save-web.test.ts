import { describe, expect, it } from "vitest";
import { parseSafetensors } from "../checkpoint/safetensors";
import { saveToHandle } from "./save-web";

const one = (value: number) => new Map([["a", { dtype: "float32" as const, shape: [1], data: Float32Array.of(value) }]]);
const bytes = (value: string | Uint8Array) => (typeof value === "string" ? new TextEncoder().encode(value) : value);
const notFound = () => Object.assign(new Error("There is none"), { name: "NotFoundError" });

/** A browser's folder in memory: what is written to a file is the file's when it is closed. `fault` throws where a step is to fail. */
class Folder {
  readonly files = new Map<string, Uint8Array>();
  readonly folders = new Map<string, Folder>();

  constructor(readonly fault: (step: string) => void) {}

  async getDirectoryHandle(name: string): Promise<Folder> {
    const folder = this.folders.get(name) ?? new Folder(this.fault);
    this.folders.set(name, folder);
    return folder;
  }

  async getFileHandle(name: string, { create = false } = {}) {
    if (!create && !this.files.has(name)) throw notFound();
    if (!this.files.has(name)) this.files.set(name, new Uint8Array(0));
    return {
      getFile: async () => new File([this.files.get(name)! as BlobPart], name),
      createWritable: async () => {
        this.fault(`open ${name}`);
        let content = new Uint8Array(0);
        return {
          write: async (more: string | Uint8Array) => {
            this.fault(`write ${name}`);
            content = new Uint8Array(bytes(more));
          },
          close: async () => {
            this.fault(`close ${name}, ${content.length > 0 ? "full" : "empty"}`);
            this.files.set(name, content);
          },
          abort: async () => {},
        };
      },
    };
  }

  async removeEntry(name: string): Promise<void> {
    if (!this.files.delete(name)) throw notFound();
  }

  save(value: number, small: Readonly<Record<string, string>>) {
    return saveToHandle(this as never, one(value), new Map(Object.entries(small)), {});
  }
}

it.runIf(globalThis.document !== undefined)("a model is saved to a browser's own storage, and over an older one", async () => {
  const root = await navigator.storage.getDirectory();
  const own = await root.getDirectoryHandle(`model-${Date.now()}`, { create: true });
  const read = async (folder: FileSystemDirectoryHandle, name: string) =>
    new Uint8Array(await (await (await folder.getFileHandle(name)).getFile()).arrayBuffer());
  for (const value of [1, 2]) {
    const small = new Map([
      ["config.json", `config ${value}`],
      ["1_Pooling/config.json", `pooling ${value}`],
    ]);
    expect(await saveToHandle(own, one(value), small, {})).toEqual([...small.keys(), "model.safetensors"]);
    expect(await read(own, "config.json")).toEqual(bytes(`config ${value}`));
    expect(await read(await own.getDirectoryHandle("1_Pooling"), "config.json")).toEqual(bytes(`pooling ${value}`));
    expect(parseSafetensors(await read(own, "model.safetensors")).tensors).toEqual(one(value));
  }
  await root.removeEntry(own.name, { recursive: true });
});

const OLD = { "config.json": "old" };
const NEW = { "config.json": "new", "tokenizer.json": "new", "1_Pooling/config.json": "new" };

/** A folder with an older model, in which the step of that name fails. */
async function failing(broken: string) {
  let begun = false;
  const folder = new Folder((step) => {
    if (begun && step.startsWith(broken)) throw new Error("The disk is full");
  });
  await folder.save(1, OLD);
  begun = true;
  return folder;
}

describe("A model in a browser's folder", () => {
  it("is written, its weights last", async () => {
    const steps: string[] = [];
    const folder = new Folder((step) => step.startsWith("close") && steps.push(step));
    expect(await folder.save(2, NEW)).toEqual(["config.json", "tokenizer.json", "1_Pooling/config.json", "model.safetensors"]);
    expect(folder.files.get("tokenizer.json")).toEqual(bytes("new"));
    expect(folder.folders.get("1_Pooling")!.files.get("config.json")).toEqual(bytes("new"));
    expect(steps.at(0)).toBe("close model.safetensors, empty");
    expect(steps.at(-1)).toBe("close model.safetensors, full");
  });

  it("is the older one where the writing is stopped", async () => {
    for (const at of Object.keys(NEW)) {
      const stop = new AbortController();
      const folder = new Folder(
        (step) => step === `write ${at.split("/").at(-1)}` && folder.files.has("config.json") && stop.abort(new Error("interrupted")),
      );
      await saveToHandle(folder as never, one(1), new Map(Object.entries({ "model.json": "old" })), {});
      const before = new Map(folder.files);
      const saving = saveToHandle(folder as never, one(2), new Map(Object.entries(NEW)), { signal: stop.signal });
      await expect(saving).rejects.toMatchObject({ code: "ABORTED", message: expect.stringMatching(/An older model is untouched/) });
      expect(folder.files).toEqual(before);
    }
  });

  it("leaves nothing of another that it would be read with", async () => {
    const folder = new Folder(() => {});
    const config = (type: string) => JSON.stringify({ model_type: type });
    const bert = { "config.json": config("bert"), "modules.json": "[]", "1_Pooling/config.json": "{}", "vocab.txt": "a", "mine.txt": "a" };
    await folder.save(1, bert);
    folder.files.set("open_clip_config.json", bytes("{}"));
    await folder.save(2, { "config.json": config("bert") });
    expect([...folder.files.keys()].sort()).toEqual(["config.json", "mine.txt", "model.safetensors", "modules.json", "vocab.txt"]);
    await folder.save(2, { "config.json": config("bert"), "tokenizer.json": "{}" });
    expect([...folder.files.keys()].sort()).toEqual(["config.json", "mine.txt", "model.safetensors", "modules.json", "tokenizer.json"]);
    await folder.save(3, { "config.json": config("clip") });
    expect([...folder.files.keys()].sort()).toEqual(["config.json", "mine.txt", "model.safetensors"]);
    expect(folder.folders.get("1_Pooling")!.files.size).toBe(0);
    folder.files.delete("config.json");
    folder.files.set("vocab.txt", bytes("a"));
    await folder.save(3, { "config.json": config("gpt2") });
    expect([...folder.files.keys()].sort()).toEqual(["config.json", "mine.txt", "model.safetensors"]);
  });

  it.each(["open tokenizer.json", "write tokenizer.json", "write model.safetensors"])(
    "is untouched where another fails to %s",
    async (step) => {
      const folder = await failing(step);
      const before = new Map(folder.files);
      await expect(folder.save(2, NEW)).rejects.toMatchObject({
        code: "WRITE_FAILED",
        message: expect.stringMatching(/The disk is full. An older model is untouched/),
      });
      expect(folder.files).toEqual(before); // nor is there an empty tokenizer.json
    },
  );

  it.each(["close tokenizer.json", "close model.safetensors, full"])("has no weights where another fails to %s", async (step) => {
    const folder = await failing(step);
    await expect(folder.save(2, NEW)).rejects.toMatchObject({ code: "WRITE_FAILED", message: expect.stringMatching(/save it again/) });
    expect(folder.files.get("config.json")).toEqual(bytes("new"));
    expect(folder.files.get("model.safetensors")).toHaveLength(0);
  });
});
