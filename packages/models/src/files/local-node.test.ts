import { execFileSync } from "node:child_process";
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import { newFolder } from "../../test/model-folders";
import { Gpt2 } from "../gpt2";
import { modelFiles } from "./load-files";

const config = { vocabSize: 9, contextLength: 8, width: 16, layers: 1, heads: 2 };
const others: [string, (path: string) => unknown][] = [
  ["a folder", (path) => mkdir(path)],
  ["a link that leads nowhere", (path) => symlink("nothing", path)],
];
if (process.platform !== "win32") others.push(["a named pipe", (path) => execFileSync("mkfifo", [path])]);

onEachBackend("A model", () => {
  it.each(others)("of which a file is %s is not loaded without that file", (_, make) =>
    withoutLeak(async () => {
      using gpt2 = Gpt2.fromConfig(config, 1);
      for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) {
        const folder = await newFolder();
        await gpt2.save(folder);
        await rm(join(folder, name), { force: true });
        await make(join(folder, name));
        const refused = { code: "FILE_NOT_FOUND", message: expect.stringMatching(`${name} is no file, but a folder, a pipe or a link`) };
        await expect(Gpt2.fromPretrained(folder, { config })).rejects.toMatchObject(refused);
        await expect((await modelFiles(folder)).open(name)).rejects.toMatchObject(refused);
        if (name === "model.safetensors") continue;
        await expect(Gpt2.fromPretrained(join(folder, "model.safetensors"), { config })).rejects.toMatchObject(refused);
      }
    }),
  );
});
