import { expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";

const flags = ["--image", "rsdix:1", "--volume", "claim=tiles:/data"];
const deploy = (...command: string[]) => cli(["deploy", "k8s", ...flags, "--", ...command]);
const embed = (...model: string[]) => deploy("embed", ...model, "--shards", "/data/t-{0..9}.tar", "--out-path", "/data/out");

it("says of a model on no volume that the image must hold it", async () => {
  const here = scratchFolder();
  const cases: [flag: string, path: string, args: string[]][] = [
    ["--model-pth", "/models/clip", []],
    ["--model-pth", "./models/clip", []],
    ["--model-pth", "/data/../models/clip", []],
    ["--model-pth", "file:///models/clip.safetensors", []],
    ["--model-pth", here, []],
    ["--checkpoint", "runs/last", ["--checkpoint", "last"]],
    ["--checkpoint", "/runs/clip-1", ["--checkpoint", "clip-1", "--runs", "/runs"]],
    ["--processor", "/models/clip", ["--model-pth", "/data/clip", "--processor", "/models/clip"]],
  ];
  for (const [flag, path, args] of cases) {
    const { code, err } = await embed(...(args.length > 0 ? args : [flag, path]));
    expect({ code, err }).toEqual({
      code: 0,
      err: `${flag} ${path} is on no volume: pods see it only where the image holds it. Give it with --volume claim=NAME:/data, and paths below /data.\n`,
    });
  }
});

it("says nothing of models on a volume, of the hub's, and of addresses", async () => {
  const models = [
    ["--model-pth", "/data/clip"],
    ["--model-pth", "file:///data/clip.safetensors"],
    ["--model-pth", "openai/clip-vit-base-patch32"],
    ["--model-pth", "https://example.org/a/b/clip.safetensors"],
    ["--checkpoint", "/data/runs/clip-1"],
    ["--checkpoint", "last", "--runs", "/data/runs"],
  ];
  for (const model of models) expect(await embed(...model)).toMatchObject({ code: 0, err: "" });
});

it("takes archives by their address of a file, and looks at each of a pattern", async () => {
  const of = (pattern: string) => deploy("embed", "--model-pth", "a/b", "--shards", pattern, "--out-path", "/data/out");
  expect(await of("file:///data/t-{0..9}.tar")).toMatchObject({ code: 0, err: "" });
  const wrong: [string, RegExp][] = [
    ["/data/{a,../b}/t.tar", /--shards \/data\/\.\.\/b\/t\.tar is on no volume/],
    ["file:///b/t.tar", /--shards file:\/\/\/b\/t\.tar is on no volume/],
    ["file://host/data/t.tar", /is no address of a file on this machine/],
    ["/data/{a,b,a}.tar", /stands for \/data\/a\.tar twice/],
    ["s3://bucket/t.tar", /s3:\/\/bucket\/t\.tar is no address that can be read: give an https: one/],
    ["https:///", /is no address/],
  ];
  for (const [pattern, message] of wrong) expect(await of(pattern)).toEqual({ code: 2, out: "", err: expect.stringMatching(message) });
});

it("refuses what the command itself would, and a variable that is set twice", async () => {
  expect(await embed("--model-pth", "")).toEqual({ code: 2, out: "", err: expect.stringMatching(/--model-pth is empty: give it a value/) });
  const twice = [
    "deploy",
    "k8s",
    ...flags,
    "--env",
    "A=1",
    "--env",
    "B=1",
    "--env",
    "A=2",
    "--",
    "embed",
    "--model-pth",
    "a/b",
    "--parts",
    "2",
  ];
  expect(await cli([...twice, "--img-dir", "/data/i", "--out-path", "/data/o"])).toEqual({
    ...{ code: 2, out: "", err: expect.stringMatching(/--env sets A twice: give it one value/) },
  });
});
