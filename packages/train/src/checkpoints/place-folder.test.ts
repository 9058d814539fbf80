import * as fs from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { checkpointFolder } from "./checkpoint-folder";
import { hideAndRemove, isTemporary, placeFolder } from "./place-folder";

vi.mock("node:fs/promises", async (actual) => {
  const real = await actual<typeof import("node:fs/promises")>();
  return { ...real, rename: vi.fn(real.rename), rm: vi.fn(real.rm) };
});

/** All names, and those that aren't a temporary one's. */
async function seen(parent: string) {
  const names = await fs.readdir(parent);
  return { names, whole: names.filter((name) => !isTemporary(name)) };
}

it("shows nothing of a folder until all of it is written, and puts it in its place in one step", async () => {
  const parent = scratchFolder();
  const path = join(parent, "step-000001");
  vi.mocked(fs.rename).mockClear();
  await placeFolder(path, async (temporary) => {
    const look = async () => expect(await seen(parent)).toEqual({ names: [basename(temporary)], whole: [] });
    await look();
    await fs.writeFile(join(temporary, "a"), "first");
    await look();
    await fs.writeFile(join(temporary, "b"), "second");
    await look();
    expect(fs.rename).not.toHaveBeenCalled();
  });
  expect(await seen(parent)).toEqual({ names: ["step-000001"], whole: ["step-000001"] });
  expect((await fs.readdir(path)).sort()).toEqual(["a", "b"]);
  expect(vi.mocked(fs.rename).mock.calls).toEqual([[expect.stringMatching(/step-000001\.\d+-[0-9a-f]{12}\.tmp$/), path]]);
});

it("leaves nothing of a write that fails mid-way, and what was there as it was", async () => {
  const parent = scratchFolder();
  await placeFolder(join(parent, "step-000001"), (folder) => fs.writeFile(join(folder, "a"), "whole"));
  const failing = placeFolder(join(parent, "step-000002"), async (folder) => {
    await fs.writeFile(join(folder, "a"), "half");
    expect((await seen(parent)).whole).toEqual(["step-000001"]);
    throw new Error("ENOSPC: no space left on device");
  });
  await expect(failing).rejects.toMatchObject({ code: "WRITE_FAILED", message: expect.stringMatching(/step-000002: ENOSPC/) });
  expect((await seen(parent)).names).toEqual(["step-000001"]);
  expect(await fs.readFile(join(parent, "step-000001", "a"), "utf8")).toBe("whole");
});

it("finds no checkpoint in what was killed before its rename, nor in what was killed while it was removed", async () => {
  const parent = scratchFolder();
  const store = checkpointFolder(parent);
  const tensors = new Map([["w", { dtype: "float32" as const, shape: [1], data: Float32Array.of(1) }]]);
  const state = (step: number) => ({ step, fingerprint: "f", tensors, details: {} });
  await store.save(state(1));
  // Neither the rename nor the removal of what it leaves come to pass, as in a process that is gone.
  const { rename } = await vi.importActual<typeof fs>("node:fs/promises");
  vi.mocked(fs.rename).mockImplementation(async (from, to) => {
    if (basename(String(to)) === "step-000002") throw new Error("killed");
    return rename(from, to);
  });
  vi.mocked(fs.rm).mockRejectedValueOnce(new Error("killed"));
  await expect(store.save(state(2))).rejects.toMatchObject({ code: "WRITE_FAILED" });
  expect((await seen(parent)).names).toHaveLength(2);
  expect((await seen(parent)).whole).toEqual(["step-000001"]);
  expect((await store.latest())!.step).toBe(1);

  vi.mocked(fs.rm).mockRejectedValueOnce(new Error("killed"));
  await expect(hideAndRemove(join(parent, "step-000001"))).rejects.toMatchObject({ code: "WRITE_FAILED" });
  expect((await seen(parent)).whole).toEqual([]);
  expect(await store.latest()).toBeUndefined();
  await store.save(state(3));
  expect((await seen(parent)).names).toEqual(["step-000003"]); // the rest is swept
});
