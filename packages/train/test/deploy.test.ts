import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { scratchFolder } from "../../../test/scratch-folder";
import { buildCli } from "./built-cli";
import { cli } from "./run-cli";
import { type TinyWorld, tinyWorld } from "./tiny-world";

let folder: string;
let world: TinyWorld;
let remove: () => Promise<void>;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(at("world"));
  const built = await buildCli("deploy");
  remove = built.remove;
  await mkdir(at("bin"));
  await writeFile(at("bin/rsdix"), `#!/bin/sh\nexec "${process.execPath}" "${built.program}" "$@"\n`); // what the image has on its path
  await chmod(at("bin/rsdix"), 0o755);
});
afterAll(() => remove?.());

interface Container {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** A pod's process, as Kubernetes begins it: variables in place of $(NAME), $ in place of $$. */
function pod({ command, args, env }: Container, index: number): Promise<{ code: number; out: string; err: string }> {
  const variables: Record<string, string> = { JOB_COMPLETION_INDEX: String(index) };
  const expanded = (text: string) =>
    text.replaceAll(/\$\$|\$\(([A-Za-z_][\w.-]*)\)/g, (found, name?: string) => (name === undefined ? "$" : (variables[name] ?? found)));
  for (const { name, value } of env) variables[name] = expanded(value);
  const [program, ...rest] = [...command, ...args].map(expanded);
  const path = `${at("bin")}${delimiter}${process.env.PATH}`;
  return new Promise((resolve) =>
    execFile(program!, rest, { env: { ...process.env, ...variables, PATH: path } }, (error, out, err) =>
      // Lines of progress come where the machine is busy.
      resolve({ code: error ? Number(error.code) : 0, out, err: err.replaceAll(/^\d+ of \d+ shards.*\n/gm, "") }),
    ),
  );
}

describe.skipIf(process.platform === "win32")("The job of rsdix deploy k8s", () => {
  it("does all shards once, a share by each of its pods, and what is merged is one process's, to the byte", async () => {
    const images = at("ima$$ges $(HOME)"); // dollars that Kubernetes must not take for its own
    await rm(images, { recursive: true, force: true });
    await mkdir(images);
    for (const name of await readdir(world.images)) await writeFile(join(images, name), await readFile(join(world.images, name)));
    const embed = ["embed", "--model-pth", world.clip, "--accelerator", "cpu", "--batch-size", "4", "--img-dir", images, "--parts", "7"];
    const flags = ["--image", "rsdix", "--volume", `claim=tiles:${folder}`, "--groups", "3", "--out", at("job.yaml")];
    const { code, err } = await cli(["deploy", "k8s", ...flags, "--", ...embed, "--out-path", at("pods")]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { completions, template } = parse(await readFile(at("job.yaml"), "utf8"), { version: "1.1" }).spec;
    const [container] = template.spec.containers as [Container];
    const order = Array.from({ length: completions as number }, (_, i) => completions - 1 - i);
    const said: string[] = [];
    for (const index of order) {
      const done = await pod(container, index);
      expect({ index, ...done }).toMatchObject({ index, code: 0, err: "" });
      said.push(done.out);
    }
    const where = at("pods");
    expect(said).toEqual([
      expect.stringMatching(/^2 of 2 shards are done: \d+ images now/),
      expect.stringMatching(/^2 of 2 shards are done: \d+ images now/),
      expect.stringMatching(/^3 of 3 shards are done: \d+ images now/),
    ]);
    expect((await pod(container, 0)).out).toBe(`3 of 3 shards are done: 0 images now: ${where}\n`); // a pod that is begun again
    expect((await cli([...embed, "--out-path", at("one")])).code).toBe(0);
    for (const name of ["pods", "one"])
      expect(await cli(["merge", at(name)])).toMatchObject({ code: 0, out: `32 images of 7 shards: ${at(`${name}/all.parquet`)}\n` });
    expect(Buffer.compare(await readFile(at("pods/all.parquet")), await readFile(at("one/all.parquet")))).toBe(0);
  });

  it("has an evaluation's parts done by pods, and the command that it says scores them as one process does", async () => {
    const clip = ["eval", "clip", "--model-pth", world.clip, "--accelerator", "cpu", "--batch-size", "4", "--imgs-dir", world.images];
    const parts = [...clip, "--scores-dir", at("scores"), "--parts", "5", "--parts-path", at("eval-parts")];
    const flags = ["--image", "rsdix", "--volume", `claim=tiles:${folder}`, "--groups", "2", "--out", at("eval.yaml")];
    const { out } = await cli(["deploy", "k8s", ...flags, "--", ...parts]);
    expect(out).toMatch(/ the same command, which then scores: rsdix eval clip .*\n$/);
    const [container] = parse(await readFile(at("eval.yaml"), "utf8"), { version: "1.1" }).spec.template.spec.containers as [Container];
    for (const index of [1, 0]) expect(await pod(container, index)).toMatchObject({ code: 0, err: "" });
    await expect(readdir(at("scores"))).rejects.toMatchObject({ code: "ENOENT" });
    expect((await cli(parts)).code).toBe(0);
    expect((await cli([...clip, "--scores-dir", at("plain-scores")])).code).toBe(0);
    const files = async (name: string) =>
      Promise.all((await readdir(at(name))).sort().map(async (file) => [file, await readFile(join(at(name), file), "utf8")]));
    expect(await files("scores")).toEqual(await files("plain-scores"));
  });

  it("is begun for a share that there is no shard for, and ends well; a share that can't be is refused", async () => {
    const embed = ["embed", "--model-pth", world.clip, "--accelerator", "cpu", "--img-dir", world.images, "--parts", "2"];
    const out = ["--out-path", at("few")];
    expect((await cli([...embed, ...out, "--share", "2/3"])).out).toBe(`0 of 0 shards are done: 0 images now: ${at("few")}\n`);
    for (const share of ["3/3", "1", "-1/3", "1/0", "$(JOB_COMPLETION_INDEX)/3"]) {
      const message = /It must be which share of how many, counted from 0: 0\/20 to 19\/20 are twenty/;
      expect(await cli([...embed, ...out, `--share=${share}`])).toEqual({ code: 2, out: "", err: expect.stringMatching(message) });
    }
    const whole = await cli([...embed.slice(0, -2), ...out, "--share", "0/2"]);
    expect(whole).toEqual({ code: 2, out: "", err: expect.stringMatching(/--share would do nothing without --shards or --parts/) });
  });

  it("shares a run out among processes too: --share with --jobs", async () => {
    const embed = ["embed", "--model-pth", world.clip, "--accelerator", "cpu", "--img-dir", world.images, "--parts", "5", "--jobs", "2"];
    const container = { command: ["rsdix"], args: [...embed, "--out-path", at("jobs"), "--share", "$(JOB_COMPLETION_INDEX)/2"], env: [] };
    expect(await pod(container, 1)).toMatchObject({ code: 0, out: expect.stringMatching(/^2 of 2 shards are done/), err: "" });
    expect((await readdir(at("jobs/shards"))).sort()).toEqual(["1-part.parquet", "3-part.parquet"]);
  });
});
