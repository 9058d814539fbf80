import { afterAll, beforeAll } from "vitest";
import { scratchFolder } from "./scratch-folder";

// What an example writes lands in a folder of its own, which is removed afterwards.
const before = process.cwd();
let folder = "";

beforeAll(() => {
  folder = scratchFolder("file");
  process.chdir(folder);
});

afterAll(() => {
  process.chdir(before);
});
