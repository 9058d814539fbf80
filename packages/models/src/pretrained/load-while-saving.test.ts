import * as fs from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import { clipConfig, newFolder } from "../../test/model-folders";
import { Clip } from "../index";
import { openSafetensorsFile, readSafetensors, writeShardedSafetensors } from "../node";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, open: vi.fn(real.open), rename: vi.fn(real.rename), readdir: vi.fn(real.readdir) };
});
const { open, rename, readdir } = await vi.importActual<typeof fs>("node:fs/promises");
afterEach(() => {
  vi.mocked(fs.open).mockImplementation(open);
  vi.mocked(fs.rename).mockImplementation(rename);
  vi.mocked(fs.readdir).mockImplementation(readdir);
});

/** Runs something each time a file of such a name was opened, before anything else is; not where that itself opens one. */
function afterOpening(name: string, work: () => Promise<unknown>): void {
  let isRunning = false;
  vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
    const file = await open(path, flags, mode);
    if (flags !== "r" || !String(path).endsWith(name) || isRunning) return file;
    isRunning = true;
    await work();
    isRunning = false;
    return file;
  });
}

/** Runs something before the new file of such a name is put in its place. */
function beforePlacing(name: string, work: () => Promise<unknown>): void {
  vi.mocked(fs.rename).mockImplementation(async (from, to) => {
    if (String(to).endsWith(name) && String(from).endsWith(".tmp")) {
      vi.mocked(fs.rename).mockImplementation(rename);
      await work();
    }
    return rename(from, to);
  });
}

/** Runs something before each listing of a folder, which is told how many there were. */
function beforeListing(work: (listing: number, path: string) => unknown): void {
  let listings = 0;
  vi.mocked(fs.readdir).mockImplementation((async (path: string, options: never) => {
    await work(++listings, path);
    return readdir(path, options);
  }) as never);
}

/** Two models of one shape that aren't the same. */
const models = () => {
  const other = { ...clipConfig, image: { ...clipConfig.image, activation: "gelu" as const } };
  return [Clip.fromConfig(clipConfig, 1), Clip.fromConfig(other, 2)] as const;
};

onEachBackend("A model that is loaded while another is saved to its folder", () => {
  it.each([{}, { maxShardBytes: 20_000 }])("is one of the two, never half of each: %j", (options) =>
    withoutLeak(async () => {
      const folder = await newFolder();
      const [older, newer] = models();
      await older.save(folder, options);
      let saves = 0;
      afterOpening("config.json", async () => saves++ || newer.save(folder, options));
      using loaded = await Clip.fromPretrained(folder);
      expect(saves).toBeGreaterThan(1);
      expect(loaded.config).toEqual(newer.config);
      expect(await loaded.parameters.toCheckpoint()).toEqual(await newer.parameters.toCheckpoint());
      older.dispose();
      newer.dispose();
    }),
  );

  it("is refused where that never ends", () =>
    withoutLeak(async () => {
      const folder = await newFolder();
      const [older, newer] = models();
      await older.save(folder);
      let saves = 0;
      afterOpening("config.json", () => (saves++ % 2 ? older : newer).save(folder));
      const refused = { code: "FILE_CORRUPT", message: expect.stringMatching(/changes while it is read: another program saves to it/) };
      await expect(Clip.fromPretrained(folder)).rejects.toMatchObject(refused);
      older.dispose();
      newer.dispose();
    }));

  it("is waited for where its files are put aside for a moment, not for ever", () =>
    withoutLeak(async () => {
      const folder = await newFolder();
      const [older, newer] = models();
      await older.save(folder);
      const weights = join(folder, "model.safetensors");
      const aside = `${weights}.1-0123456789ab.tmp`;
      await fs.rename(weights, aside);
      beforeListing((listing) => listing === 5 && fs.rename(aside, weights)); // a look in vain lists twice
      using loaded = await Clip.fromPretrained(folder);
      expect(loaded.config).toEqual(older.config);
      vi.mocked(fs.readdir).mockImplementation(readdir);
      await fs.rename(weights, aside);
      const refused = { code: "FILE_NOT_FOUND", message: expect.stringMatching(/no weights in/) };
      await expect(Clip.fromPretrained(folder)).rejects.toMatchObject(refused);
      older.dispose();
      newer.dispose();
    }));
});

onEachBackend("A model in whose folder", () => {
  const saved = async () => {
    const [clip, other] = models();
    other.dispose();
    const folder = await newFolder();
    await clip.save(folder);
    return { folder, clip };
  };

  it("other files and folders come and go is loaded at once", () =>
    withoutLeak(async () => {
      const { folder, clip } = await saved();
      const logs = join(folder, "logs");
      let count = 0;
      afterOpening("config.json", async () => {
        await fs.mkdir(join(folder, `logs/${count}`), { recursive: true });
        await fs.writeFile(join(folder, `logs/${count++}/step.ckpt`), "");
        await fs.writeFile(join(folder, `events.${count}`), "");
        await fs.writeFile(join(folder, "optimizer.pt"), "");
      });
      using loaded = await Clip.fromPretrained(folder);
      expect(loaded.config).toEqual(clip.config);
      expect(count).toBe(2); // config.json and preprocessor_config.json, once
      beforeListing((_, path) => path.includes("logs") && fs.rm(logs, { recursive: true, force: true }));
      using again = await Clip.fromPretrained(folder);
      expect(again.config).toEqual(clip.config);
      clip.dispose();
    }));

  it("weights come is the one with them", () =>
    withoutLeak(async () => {
      const { folder, clip } = await saved();
      await fs.rename(join(folder, "model.safetensors"), join(folder, "last.safetensors"));
      let isThere = false;
      afterOpening("last.safetensors", async () => {
        if (!isThere) await fs.cp(join(folder, "last.safetensors"), join(folder, "model.safetensors"));
        isThere = true;
      });
      vi.mocked(fs.open).mockClear();
      using loaded = await Clip.fromPretrained(folder);
      expect(vi.mocked(fs.open).mock.calls.map(([path]) => path)).toContain(join(folder, "model.safetensors"));
      expect(loaded.config).toEqual(clip.config);
      clip.dispose();
    }));

  it("nothing is any more, since it was moved, is no file", () =>
    withoutLeak(async () => {
      for (const last of [1, 2]) {
        const { folder, clip } = await saved();
        beforeListing((listing) => listing === last && rename(folder, `${folder}-moved`));
        await expect(Clip.fromPretrained(folder)).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
        await rename(`${folder}-moved`, folder);
        clip.dispose();
      }
    }));
});

onEachBackend("In a folder with weights by another library's name", () => {
  const folderOf = async (older: Clip) => {
    const folder = await newFolder();
    using stale = Clip.fromConfig(clipConfig, 9);
    await stale.save(folder);
    await fs.rename(join(folder, "model.safetensors"), join(folder, "open_clip_model.safetensors"));
    await older.save(folder);
    return folder;
  };
  const unfinished = { code: "FILE_CORRUPT", message: expect.stringMatching(/save in it that isn't finished.*unfinished-save.tmp/) };

  it("a model that is loaded while one is saved is that one", () =>
    withoutLeak(async () => {
      const [older, newer] = models();
      const folder = await folderOf(older);
      let saving: Promise<unknown> | undefined;
      let loading: Promise<Clip> | undefined;
      beforePlacing("model.safetensors", async () => {
        const isSought = new Promise<void>((resolve) =>
          beforeListing(async (listing) => {
            if (listing < 5) return; // a look in vain lists twice
            resolve();
            await saving;
          }),
        );
        loading = Clip.fromPretrained(folder);
        await isSought;
      });
      saving = newer.save(folder);
      await saving;
      using loaded = await loading!;
      expect(await loaded.parameters.toCheckpoint()).toEqual(await newer.parameters.toCheckpoint());
      older.dispose();
      newer.dispose();
    }));

  it("what a save that was stopped leaves isn't loaded, until a model is saved again", () =>
    withoutLeak(async () => {
      const [older, newer] = models();
      const folder = await folderOf(older);
      const stopped = await newFolder();
      beforePlacing("model.safetensors", () => fs.cp(folder, stopped, { recursive: true }));
      await newer.save(folder);
      await expect(Clip.fromPretrained(stopped)).rejects.toMatchObject(unfinished);
      await expect(Clip.fromPretrained(join(stopped, "open_clip_model.safetensors"))).rejects.toMatchObject(unfinished);
      beforePlacing("config.json", () => Promise.reject(new Error("The disk is full")));
      await expect(newer.save(stopped)).rejects.toMatchObject({ code: "WRITE_FAILED" });
      await expect(Clip.fromPretrained(stopped)).rejects.toMatchObject(unfinished);
      await newer.save(stopped);
      using loaded = await Clip.fromPretrained(stopped);
      expect(await loaded.parameters.toCheckpoint()).toEqual(await newer.parameters.toCheckpoint());
      older.dispose();
      newer.dispose();
    }));

  it("a save that fails leaves the older model to be loaded", () =>
    withoutLeak(async () => {
      const [older, newer] = models();
      const folder = await folderOf(older);
      beforePlacing("model.safetensors", () => Promise.reject(new Error("The disk is full")));
      await expect(newer.save(folder)).rejects.toMatchObject({ code: "WRITE_FAILED" });
      using loaded = await Clip.fromPretrained(folder);
      expect(loaded.config).toEqual(older.config);
      expect(await loaded.parameters.toCheckpoint()).toEqual(await older.parameters.toCheckpoint());
      older.dispose();
      newer.dispose();
    }));
});

it("Shards that are replaced after their index was opened are refused", async () => {
  const folder = await newFolder();
  const arrays = (value: number) =>
    new Map(["a", "b"].map((name) => [name, { dtype: "float32" as const, shape: [1], data: Float32Array.of(value) }]));
  await writeShardedSafetensors(folder, arrays(1), { maxShardBytes: 4 });
  const index = join(folder, "model.safetensors.index.json");
  afterOpening(index, () => writeShardedSafetensors(folder, arrays(2), { maxShardBytes: 4 }));
  const refused = { code: "FILE_CORRUPT", message: expect.stringMatching(/were replaced while they were opened/) };
  await expect(openSafetensorsFile(index)).rejects.toMatchObject(refused);
  vi.mocked(fs.open).mockImplementation(open);
  expect([...(await readSafetensors(index)).tensors]).toEqual([...arrays(2)]);
});
