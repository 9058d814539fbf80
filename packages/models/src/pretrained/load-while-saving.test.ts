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
  return { ...real, open: vi.fn(real.open) };
});
const { open } = await vi.importActual<typeof fs>("node:fs/promises");
afterEach(() => void vi.mocked(fs.open).mockImplementation(open));

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
      const loading = Clip.fromPretrained(folder);
      setTimeout(() => fs.rename(aside, weights), 120);
      using loaded = await loading;
      expect(loaded.config).toEqual(older.config);
      await fs.rename(weights, aside);
      const refused = { code: "FILE_NOT_FOUND", message: expect.stringMatching(/no weights in/) };
      await expect(Clip.fromPretrained(folder)).rejects.toMatchObject(refused);
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
