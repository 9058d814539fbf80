import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { startBackend } from "@rsdix/backend";
import { Clip, ClipCap, parseSafetensors } from "@rsdix/models";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { testBackends } from "../../../test/backends";
import { type DemoRun, runDemo, Scratch, scoresOf, stepsOf } from "./run-demo";

const scratch = new Scratch();
afterEach(() => scratch.removeExcept("data", "whole")); // a report is 300 MB

const args = (report: string, ...more: string[]) => ["--quick", "--data", scratch.path("data"), "--out", scratch.path(report), ...more];

/** What "auto" takes here. */
const backend = testBackends().includes("native") ? "native" : "wasm";

/** One whole run, which the others are compared with; it makes the data set that all use. */
let whole: DemoRun;
beforeAll(async () => {
  whole = await runDemo(args("whole"));
}, 300_000);

describe("the demo", () => {
  it("runs through, says what it does, and leaves no tensor", () => {
    expect(whole.output).toMatch(new RegExp(`1\\. Backend\\n {2}${backend}, \\d+ thread`));
    expect(whole.output).toMatch(/patches of 320 km, 11 classes/);
    expect(whole.output).toMatch(/peak memory \d+ MB, 0 tensors left/);
    expect(whole.output).toMatch(/(is ahead by [\d.]+ points|score the same) on this seed/);
    expect(whole.code).toBe(0);
  });

  it("writes the report, whole", () => {
    const report = scratch.path("whole");
    expect(readdirSync(report).sort()).toEqual(
      [
        ".rsdix-demo",
        "checkpoints",
        "config.yaml",
        "index.html",
        "models",
        "predictions.tsv",
        "run.jsonl",
        "scores.tsv",
        "summary.json",
      ].sort(),
    );
    const summary = JSON.parse(readFileSync(join(report, "summary.json"), "utf8"));
    expect(summary).toMatchObject({
      backend,
      threads: expect.any(Number),
      chanceTop1: 1 / 11,
      baselines: { largestClass: expect.any(Number), colourNearestNeighbour: expect.any(Number) },
    });
    expect(Number(/^ {2}(\d+) patches of 320 km/m.exec(whole.output)![1])).toBeGreaterThanOrEqual(3000);
    expect(whole.output).toContain(`  ${summary.patches} of the patches are used\n`);
    expect(summary.testPatches).toBe(66);
    const clip = [
      "top1",
      "balancedTop1",
      "top3",
      "top5",
      "imageToTextR1",
      "imageToTextR5",
      "imageToTextR10",
      "textToImageR1",
      "textToImageR5",
      "textToImageR10",
    ];
    for (const model of ["clip", "infoNceOnly", "pretrained"]) expect(Object.keys(summary[model])).toEqual(clip);
    for (const model of ["captioner", "captionerGreedy", "mostFrequentCaption", "bestFixedCaption"]) {
      expect(Object.keys(summary[model])).toEqual(
        expect.arrayContaining(["bleu1", "bleu2", "bleu3", "bleu4", "rougeL", "namesClass", "corpus"]),
      );
    }
    expect(summary.bestFixedCaption.bleu4).toBeLessThan(0.35);
    expect(summary.bestFixedCaption.corpus.bleu4).toBeLessThan(0.35);
    for (const model of ["pretrain", "infonce", "distilled", "captioner"]) {
      const { tensors } = parseSafetensors(readFileSync(join(report, "models", model, "model.safetensors")));
      expect(tensors.size).toBeGreaterThan(20);
    }
  });

  it("writes a captioner that loads with the tokens it was trained on", async () => {
    await startBackend("wasm");
    const folder = join(scratch.path("whole"), "models", "captioner");
    const { vocabulary } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    const captioner = await ClipCap.fromPretrained(folder);
    expect([...captioner.gpt2.vocabulary.ids!]).toEqual(vocabulary);
    expect(vocabulary.length).toBeLessThan(1000);
    expect(captioner.config.gpt2.heads).toBe(4);
    expect(captioner.tokenizer!.encode("the sea")).toHaveLength(2);
    captioner.dispose();
  });

  it("writes CLIP models that load with their tokenizer", async () => {
    for (const name of ["pretrain", "infonce", "distilled", "captioner/encoder"]) {
      const clip = await Clip.fromPretrained(join(scratch.path("whole"), "models", name));
      expect(clip.tokenizer!.encode("the sea"), name).toHaveLength(4); // with start and end
      clip.dispose();
    }
  });

  it("holds the tensor count constant from step to step in every run", () => {
    const stages = stepsOf(scratch.path("whole"));
    expect(Object.keys(stages).sort()).toEqual(["captioner", "distilled", "infonce", "pretrain"]);
    for (const [stage, steps] of Object.entries(stages)) expect(new Set(steps.map(({ tensors }) => tensors)).size, stage).toBe(1);
  });
});

describe("interrupted and resumed, the demo gives what an uninterrupted run gives", () => {
  const same = (report: string) => {
    expect(scoresOf(scratch.path(report))).toEqual(scoresOf(scratch.path("whole")));
    const strip = (steps: Record<string, Record<string, unknown>[]>) =>
      Object.fromEntries(Object.entries(steps).map(([stage, list]) => [stage, list.map(({ tensors: _, ...rest }) => rest)]));
    expect(strip(stepsOf(scratch.path(report)))).toEqual(strip(stepsOf(scratch.path("whole"))));
  };

  // One run that is ended again and again: whatever one end loses or changes is in what the run gives.
  it("by Ctrl-C in the pre-training, SIGKILL and Ctrl-C in the fine-tunings and SIGKILL in the captioner's training, all of one run", async () => {
    for (const [signal, when] of [
      ["SIGINT", /InfoNCE +[2-5]\/6/],
      ["SIGKILL", /self-distillation +[2-4]\/6/],
      ["SIGINT", /self-distillation +[2-4]\/6/],
      ["SIGKILL", /captioner +[2-7]\/8/],
    ] as const) {
      const resume = existsSync(scratch.path("ended")) ? ["--resume"] : [];
      const { code, output } = await runDemo(args("ended", ...resume), undefined, { signal, when });
      expect(output).toMatch(when); // the signal was sent
      expect(code).toBe(signal === "SIGINT" ? 130 : null);
      if (signal === "SIGINT") {
        // It stops at the step that it was in, not at some later one, and says how to go on with the same flags.
        const [, stage, step] = /(clip-infonce|clip-distillation): stopped after step (\d) of 6/.exec(output)!;
        const seen = Math.max(
          ...[...output.matchAll(stage === "clip-infonce" ? /InfoNCE(?: alone)? +(\d)\/6/g : /self-distillation +(\d)\/6/g)].map((match) =>
            Number(match[1]),
          ),
        );
        expect(Number(step)).toBeLessThanOrEqual(seen + 1);
        expect(output).toMatch(/Go on with: npm run demo -- --quick --data .* --out .* --resume/);
      }
    }
    const last = await runDemo(args("ended", "--resume"));
    expect(last.code, last.output).toBe(0);
    same("ended");
  }, 900_000); // five runs, one after the other

  it("after a torn last line in the log, and twice over", async () => {
    const report = scratch.copy("whole", "torn");
    writeFileSync(join(report, "run.jsonl"), '{"type":"st', { flag: "a" });
    const { code, output } = await runDemo(args("torn", "--resume"));
    expect(code, output).toBe(0);
    same("torn");
  }, 300_000);
});

it("ends without a word when nobody reads its output any more", async () => {
  const { code, output } = await runDemo(args("unread"), (_, child) => void child.stdout?.destroy());
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^1\. Backend\n/) });
  expect(output).not.toContain("Report");
  expect(existsSync(join(scratch.path("unread"), "summary.json"))).toBe(false);
}, 300_000);

describe("what is wrong is said", () => {
  const fails = async (list: string[], message: RegExp) => {
    const { code, output } = await runDemo(list);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/^\s+at .*\(/m); // no stack traces for mistakes that a user can mend
    expect(code).toBe(1);
    return output;
  };

  it("an unknown backend, an unknown option, a seed that is none", async () => {
    await fails(args("none", "--backend", "cuda"), /BACKEND_UNAVAILABLE.*"cuda"/s);
    await fails(args("none", "--sed", "3"), /unknown option '--sed'/);
    for (const seed of ["1.5", "0x10", "1e3"]) await fails(args("none", "--seed", seed), /whole number/);
  }, 300_000); // five processes

  it("and an older report stays when the data cannot be had", async () => {
    scratch.copy("whole", "older");
    const data = scratch.path("someones");
    mkdirSync(data);
    writeFileSync(join(data, "notes.txt"), "");
    await fails(["--quick", "--data", data, "--out", scratch.path("older")], /not this data set's/);
    expect(scoresOf(scratch.path("older"))).toEqual(scoresOf(scratch.path("whole")));
  }, 60_000);

  it("a report folder that is somebody else's", async () => {
    mkdirSync(scratch.path("theirs"));
    writeFileSync(join(scratch.path("theirs"), "thesis.txt"), "");
    const output = await fails(args("theirs"), /was not made by the demo, so it is left alone/);
    expect(output).not.toContain("1. Backend"); // at once
    expect(readdirSync(scratch.path("theirs"))).toEqual(["thesis.txt"]);
  }, 60_000);

  it("a report folder that another demo is writing to", async () => {
    mkdirSync(scratch.path("taken"));
    writeFileSync(join(scratch.path("taken"), ".rsdix-demo"), `rsdix demo report\n${process.pid}\n`);
    const output = await fails(args("taken"), new RegExp(`Another demo \\(process ${process.pid}\\)`));
    expect(output).not.toContain("1. Backend");
  }, 60_000);

  it("a corrupt patch, with its name", async () => {
    const data = scratch.copy("data", "corrupt");
    truncateSync(join(data, "images", "desert_1.png"), 40);
    await fails(
      ["--quick", "--data", data, "--out", scratch.path("none")],
      /FILE_CORRUPT.*desert_1\.png.*delete .*corrupt to have it made anew/s,
    );
  }, 60_000);

  it("a data folder that is somebody else's, whose pictures stay", async () => {
    mkdirSync(join(scratch.path("pictures"), "images"), { recursive: true });
    writeFileSync(join(scratch.path("pictures"), "images", "airport_1.png"), "");
    const output = await fails(
      ["--quick", "--data", scratch.path("pictures"), "--out", scratch.path("none")],
      /not this data set's, so it is left alone/,
    );
    expect(output).not.toContain("measuring the Earth"); // at once
    expect(readdirSync(join(scratch.path("pictures"), "images"))).toEqual(["airport_1.png"]);
  }, 60_000);

  it("settings that are not those of the interrupted run", async () => {
    scratch.copy("whole", "other");
    // Those of a run in full, with the data set that is there.
    await fails(["--resume", "--data", scratch.path("data"), "--out", scratch.path("other")], /CHECKPOINT_MISMATCH.*other settings/s);
  }, 120_000);

  it("and a half-made data set is made anew, to the byte", async () => {
    const data = scratch.copy("data", "half");
    rmSync(join(data, "manifest.json"));
    rmSync(join(data, "images", "desert_7.png"));
    let isMade = false;
    const { output } = await runDemo(["--quick", "--data", data, "--out", scratch.path("half-report")], (seen, child) => {
      if (isMade || !/^3\. /m.test(seen)) return;
      isMade = true;
      child.kill("SIGKILL"); // what it computes from the same data is compared above
    });
    expect(output).toMatch(/made in/);
    const files = readdirSync(scratch.path("data"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(scratch.path("data"), join(entry.parentPath, entry.name)));
    expect(files.length).toBeGreaterThan(3000);
    expect(readdirSync(data, { recursive: true })).toHaveLength(readdirSync(scratch.path("data"), { recursive: true }).length);
    for (const file of files) if (!readFileSync(join(data, file)).equals(readFileSync(join(scratch.path("data"), file)))) expect.fail(file);
  }, 300_000);
});
