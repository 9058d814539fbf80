import { mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chdir, cwd } from "node:process";
import { startBackend } from "@rsdix/backend";
import { afterEach, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { tinyWorld } from "../../test/tiny-world";

const home = cwd();
afterEach(() => chdir(home));

it("goes on with a run from another working folder, where its data and models are named by their whole paths", async () => {
  await startBackend("cpu");
  const folder = scratchFolder();
  const { annotations, images, clip } = await tinyWorld(folder);
  const named = (model: string, file: string, from: string) =>
    ["--model.model", model, "--data.annotations_files", file, "--data.img_dirs", from] as const;
  const fit = (more: readonly string[], options = {}) =>
    cli(["fit", "clip", "--data.batch_size", "4", "--data.shuffle", "--trainer.accelerator", "cpu", "--json", ...more], options);
  chdir(folder);
  const stop = new AbortController();
  const onOut = (text: string) => {
    if (text.includes('"type":"step"') && text.includes('"step":3,')) stop.abort(new Error("interrupted"));
  };
  const stopped = await fit([...named("clip", "captions.json", "images"), "--trainer.max_steps", "6"], { signal: stop.signal, onOut });
  expect(stopped).toMatchObject({ code: 130, err: expect.stringContaining("stopped after step 3 of 6.") });
  chdir(home);
  const last = join(folder, "runs", "last");
  await writeFile(last, "clip-7\n"); // another run was begun since, which is gone
  const resume = ["--resume", join(folder, "runs", "clip-1")];
  const gone = await fit([...resume, ...named(clip, annotations, images)]);
  expect(gone).toMatchObject({ code: 0, out: expect.stringMatching(/^\{"type":"start",.*"step":3,/) });
  expect(await readFile(last, "utf8")).toBe("clip-1\n");
  await rm(last);
  await mkdir(last); // no file can be written there, as in another user's folder
  const noted = await fit([...resume, ...named(clip, annotations, images), "--trainer.default_root_dir", join(folder, "runs")]);
  expect(noted).toMatchObject({
    code: 0,
    err: expect.stringMatching(/clip-1 is not what "last" means from now on: .*last could not be written/),
  });
  await rmdir(last);
  chdir(folder); // the checkpoints have whole paths now, the run's configuration has not
  expect(await fit(resume)).toMatchObject({ code: 0 });
  const other = await fit([...resume, "--data.img_dirs", folder]);
  expect(other).toMatchObject({ code: 1, err: expect.stringMatching(/CHECKPOINT_MISMATCH: .* Changed since: data\.img_dirs \(/) });
  expect(other.err).not.toContain("annotations_files (");
});
