import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";

const given = ["deploy", "k8s", "--image", "registry.example.org/rsdix:1.0", "--volume", "claim=tiles:/data"];
const embed = ["--", "embed", "--model-pth", "a/b", "--shards", "https://example.org/t-{0..4}.tar", "--out-path", "/data/out"];
const deploy = (...flags: string[]) => cli([...given, ...flags, ...embed]);

it("deploy k8s replaces a job that it wrote, and another file by --force only", async () => {
  const path = join(scratchFolder(), "job.yaml");
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

it("deploy k8s --json prints the job as JSON, or says where it was written", async () => {
  const printed = await deploy("--json");
  expect({ code: printed.code, job: JSON.parse(printed.out) }).toEqual({ code: 0, job: parse((await deploy()).out) });
  const path = join(scratchFolder(), "job.yaml");
  const { code, out } = await deploy("--json", "--out", path);
  const told = { out: path, name: "rsdix-embed", pods: 5, shards: 5, results: "/data/out" };
  expect({ code, told: JSON.parse(out) }).toEqual({ code: 0, told });
  expect(parse(await readFile(path, "utf8"))).toEqual(JSON.parse(printed.out));
});
