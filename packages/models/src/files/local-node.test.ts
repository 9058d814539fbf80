import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
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

it("A folder of more files than are listed has the model's among them, which come last", async () => {
  const folder = await newFolder();
  const model = ["1_Pooling/config.json", "config.json", "last.ckpt", "model.safetensors", "unfinished-save.tmp"];
  for (const name of ["1_Pooling", "0"]) await mkdir(join(folder, name));
  for (const name of model) await writeFile(join(folder, name), "{}");
  for (let i = 0; i <= 20_000; i++) writeFileSync(join(folder, "0", `${i}.jpg`), "");
  const names = await (await modelFiles(folder)).names();
  expect(names.filter((name) => name.endsWith(".jpg"))).toHaveLength(20_000);
  expect(names.filter((name) => !name.endsWith(".jpg"))).toEqual(model);
});

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
