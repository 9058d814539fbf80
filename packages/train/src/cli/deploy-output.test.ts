import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cli } from "../../test/run-cli";
import { scratchFolder } from "../../test/scratch-folder";

it("deploy k8s replaces a job that it wrote, and another file by --force only", async () => {
  const path = join(scratchFolder(), "job.yaml");
  const given = ["deploy", "k8s", "--image", "registry.example.org/rsdix:1.0", "--volume", "claim=tiles:/data"];
  const embed = ["--", "embed", "--model-pth", "a/b", "--shards", "https://example.org/t-{0..4}.tar", "--out-path", "/data/out"];
  const deploy = (...flags: string[]) => cli([...given, ...flags, ...embed]);
  for (const groups of ["5", "2"]) {
    expect((await deploy("--out", path, "--groups", groups)).code).toBe(0);
    expect(await readFile(path, "utf8")).toContain(`completions: ${groups}\n`);
  }
  await writeFile(path, "mine: true\n");
  const message = /job\.yaml is there already and is not a job for Kubernetes of ours: give --force to replace it/;
  expect(await deploy("--out", path)).toEqual({ code: 2, out: "", err: expect.stringMatching(message) });
  expect(await readFile(path, "utf8")).toBe("mine: true\n");
  expect((await deploy("--out", path, "--force")).code).toBe(0);
  expect(await readFile(path, "utf8")).toContain("completions: 5\n");
  expect(await deploy("--force")).toEqual({ code: 2, out: "", err: expect.stringMatching(/--force would do nothing without --out/) });
});
