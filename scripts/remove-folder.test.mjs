import * as fs from "node:fs";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { scratchFolder } from "../test/scratch-folder.ts";
import { removeFolder } from "./lib/remove-folder.mjs";

vi.mock("node:fs", async (original) => {
  const real = await original();
  return { ...real, rmSync: vi.fn(real.rmSync) };
});

it("is begun with anew where something was made in it meanwhile, and not for ever", async () => {
  const folder = scratchFolder();
  const notEmpty = () => {
    throw Object.assign(new Error("not empty"), { code: "ENOTEMPTY" });
  };
  writeFileSync(join(folder, "a"), "");
  vi.mocked(fs.rmSync).mockImplementationOnce(notEmpty).mockImplementationOnce(notEmpty);
  removeFolder(folder);
  expect(existsSync(folder)).toBe(false);
  vi.mocked(fs.rmSync).mockImplementation(notEmpty);
  expect(() => removeFolder(folder)).toThrow("not empty");
  expect(fs.rmSync).toHaveBeenCalledTimes(3 + 5);
  vi.mocked(fs.rmSync).mockReset();
});
