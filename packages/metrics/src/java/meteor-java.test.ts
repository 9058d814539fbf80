import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { fakeJava, isRunning, timedOut } from "../../test/fake-java";
import { type MeteorJavaOptions, meteorJava } from "./meteor-java";

afterEach(() => vi.unstubAllEnvs());

/** Answers each SCORE line with the number of its parts, and EVAL with scores from those. */
const METEOR = `
const statistics = (first) => [first, ...Array(22).fill("0.0")].join(" ");
lines((line) => {
  note(line);
  const parts = line.split(" ||| ");
  if (parts[0] === "SCORE") return console.log(statistics(parts.length));
  for (const part of parts.slice(1)) console.log(String(Number(part.split(" ")[0]) / 100));
  console.log("0.5");
});`;
const candidates = ["a road .", "a pond"];
const references = [["the road ."], ["a pond .", "the pond"]];

const run = (body: string, options: MeteorJavaOptions = {}) => {
  const fake = fakeJava(body);
  return { fake, result: meteorJava(candidates, references, { java: fake.java, jar: fake.jar, ...options }) };
};

it("asks for statistics, then for the scores of all, in one process", async () => {
  const { fake, result } = run(METEOR);
  expect(await result).toEqual({
    ...{ meteor: 0.035, averages: { image: 0.035, corpus: 0.5 } },
    ...{ perImage: [0.03, 0.04], paraphrases: true, statistics: [7, ...Array(22).fill(0)] },
  });
  const { args } = fake.called();
  expect(args).toEqual([
    ...["-Xmx2048m", "-Dfile.encoding=UTF-8", "-Duser.language=en", "-Duser.country=US", "-jar", fake.jar],
    ...["-", "-", "-stdio", "-l", "en", "-norm"],
  ]);
  expect(fake.noted()).toEqual([
    "SCORE ||| the road . ||| a road .",
    "SCORE ||| a pond . ||| the pond ||| a pond",
    expect.stringMatching(/^EVAL \|\|\| 3 0\.0.* \|\|\| 4 0\.0/),
  ]);
});

it("shows the average that was asked for, and takes memory and a table of paraphrases", async () => {
  const { fake, result } = run(METEOR, { average: "corpus", memoryMB: 300, paraphrases: false });
  expect(await result).toMatchObject({ meteor: 0.5, paraphrases: false });
  expect(fake.called().args).toContain("-Xmx300m");
  expect(fake.called().args.slice(-2)).toEqual(["-a", expect.stringMatching(/empty\.gz$/)]);

  const other = fakeJava(METEOR);
  const { java, jar } = other;
  expect(await meteorJava(candidates, references, { java, jar, paraphrases: jar })).toMatchObject({ paraphrases: true });
  expect(other.called().args.slice(-2)).toEqual(["-a", other.jar]);
});

it("sums statistics as METEOR does: a whole match in one piece adds no chunk", async () => {
  const lines = [
    [3, 3, 1],
    [3, 4, 1],
    [3, 3, 2],
  ].map(([candidate, reference, chunks]) => [candidate, reference, ...Array(18).fill(2), chunks, 3, 3]);
  const { java, jar } = fakeJava(`
const answers = ${JSON.stringify(lines)};
lines((line) => console.log(line.startsWith("EVAL") ? "0\\n0\\n0\\n0" : answers.shift().join(" ")));`);
  const { statistics } = await meteorJava(["a", "b", "c"], [["a"], ["b"], ["c"]], { java, jar });
  expect(statistics).toEqual([9, 10, ...Array(18).fill(6), 3, 9, 9]);
});

it("keeps a caption within its line, and from adding a reference", async () => {
  const { java, jar, noted } = fakeJava(METEOR);
  await meteorJava(["one ||| two\r\nthree\nfour\rfive  six é 湖"], [["a\nb"]], { java, jar });
  expect(noted()[0]).toBe("SCORE ||| a b ||| one two three four five six é 湖");
});

it("scores many captions without either side waiting for the other, and tells how far it is", async () => {
  const { java, jar } = fakeJava(METEOR.replace("note(line);", ""));
  const many = Array.from({ length: 20_000 }, (_, i) => `caption ${i} of a road that is long enough to fill every pipe there is`);
  const steps: number[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    expect(total).toBe(20_000);
    steps.push(done);
  };
  const { perImage } = await meteorJava(
    many,
    many.map((caption) => [caption]),
    { java, jar, onProgress },
  );
  expect(new Set(perImage)).toEqual(new Set([0.03]));
  expect([perImage.length, steps.length, steps[0], steps.at(-1)]).toEqual([20_000, 20_001, 0, 20_000]);
});

it.each([
  [
    "an exit before all was answered",
    "lines(() => process.exit(0))",
    "PROCESS_FAILED",
    /^meteorJava: Java ended with exit code 0 before all was scored\. It said nothing\./,
  ],
  [
    "a crash",
    'lines(() => fail("Exception in thread main\\n  at Meteor"))',
    "PROCESS_FAILED",
    /exit code 1 before .* The last that it said:\nException in thread main\n {2}at Meteor$/,
  ],
  [
    "a crash after all was answered",
    `${METEOR} process.stdin.on("end", () => fail("late", 3));`,
    "PROCESS_FAILED",
    /exit code 3 .*:\nlate$/,
  ],
  ["an end from outside", 'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 1e6);', "PROCESS_FAILED", /was ended by SIGTERM/],
  [
    "too little memory",
    'fail("java.lang.OutOfMemoryError: Java heap space")',
    "OUT_OF_MEMORY",
    /ran out of memory with 2048 MB .* Set memoryMB/,
  ],
  [
    "no table",
    'fail("Error: file not found (file:/x/data/paraphrase-en.gz)")',
    "FILE_NOT_FOUND",
    /paraphrase-en\.gz isn't in .*data\. Give its path/,
  ],
  ["no program in the jar", 'fail("Error: Invalid or corrupt jarfile x")', "FILE_CORRUPT", /can't read .*program 1\.jar/],
  [
    "statistics of another METEOR",
    'lines(() => console.log("1.0 2.0"))',
    "PROCESS_FAILED",
    /expected the 23 statistics .* for candidates\[0\], got "1\.0 2\.0"/,
  ],
  ["statistics that are none", `lines(() => console.log("${"x ".repeat(23)}"))`, "PROCESS_FAILED", /expected the 23 statistics/],
  ["a score beyond 1", METEOR.replace('"0.5"', '"1.5"'), "PROCESS_FAILED", /expected a score from 0 to 1, got "1\.5"/],
  ["a score that is none", METEOR.replace('"0.5"', '""'), "PROCESS_FAILED", /expected a score from 0 to 1, got ""/],
])("says what is wrong: %s", async (_, body, code, message) => {
  await expect(run(body).result).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it("ends Java, and leaves no file, when it takes too long or is stopped", async () => {
  const hanging = fakeJava("setInterval(() => {}, 1e6);");
  const temporary = join(hanging.folder, "tmp");
  mkdirSync(temporary);
  const slow = fakeJava('lines((line) => line.includes("pond") || console.log("0 ".repeat(23)))');
  vi.stubEnv("TMPDIR", temporary);
  const given = { jar: hanging.jar, java: hanging.java, paraphrases: false, timeoutMs: 4000 };
  const isCalled = () => existsSync(join(hanging.folder, "call.json"));
  await expect(timedOut(() => meteorJava(candidates, references, given), 4000, isCalled)).rejects.toMatchObject({
    ...{ code: "PROCESS_FAILED", message: "meteorJava: Java wasn't done within the 4000 ms of timeoutMs, and was ended." },
  });
  expect(isRunning(hanging.called().pid)).toBe(false);

  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = ({ done }: { done: number }) => done === 1 && controller.abort(reason);
  const options = { jar: slow.jar, java: slow.java, signal: controller.signal, onProgress, paraphrases: false };
  await expect(meteorJava(candidates, references, options)).rejects.toMatchObject({
    ...{ code: "ABORTED", message: "meteorJava was stopped.", cause: reason },
  });
  expect(isRunning(slow.called().pid)).toBe(false);
  await expect(meteorJava(candidates, references, options)).rejects.toMatchObject({
    ...{ code: "ABORTED", message: "meteorJava was stopped before it began." },
  });
  expect(readdirSync(temporary)).toEqual([]);
});

it("ends Java when what is called on the way throws", async () => {
  const onProgress = () => {
    throw new Error("mine");
  };
  const { fake, result } = run(METEOR, { onProgress });
  await expect(result).rejects.toThrow("mine");
  expect(fake.noted().some((line) => line.startsWith("EVAL"))).toBe(false);
});

it("says what to install, and what an option must be", async () => {
  vi.stubEnv("RSDIX_METEOR_JAR", undefined);
  const { jar } = fakeJava("");
  const rejects = (options: object, code: string, message: RegExp) =>
    expect(meteorJava(candidates, references, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  await rejects({}, "MISSING_DEPENDENCY", /^meteorJava runs the original program, .* pycocoevalcap .* RSDIX_METEOR_JAR/);
  await rejects({ jar: "nowhere.jar" }, "FILE_NOT_FOUND", /The jar .*nowhere\.jar isn't there\. The Python package/);
  await rejects({ jar: "." }, "FILE_NOT_FOUND", /^The jar \/.* is a folder\. The Python package/);
  await rejects({ jar, paraphrases: "nowhere.gz" }, "FILE_NOT_FOUND", /The table of paraphrases .*nowhere\.gz isn't there/);
  await rejects(
    { jar, java: "no-java-of-that-name" },
    "MISSING_DEPENDENCY",
    /could not be started as "no-java-of-that-name" \(ENOENT\)\. Install a Java runtime/,
  );
  await rejects({ jar, java: jar }, "MISSING_DEPENDENCY", /could not be started as ".*" \(EACCES\)/);
  await rejects({ jar, jarr: 1 }, "UNKNOWN_OPTION", /^meteorJava has no option "jarr"/);
  await rejects({ jar: 1 }, "INVALID_ARGUMENT", /^jar must be a path, got number/);
  await rejects({ jar: "" }, "INVALID_ARGUMENT", /^jar must be a path, got ""/);
  await rejects({ jar, java: "a\0b" }, "INVALID_ARGUMENT", /^java must be a path/);
  await rejects({ jar, memoryMB: 1.5 }, "INVALID_ARGUMENT", /^memoryMB must be a whole number at least 16/);
  await rejects({ jar, timeoutMs: 2 ** 31 }, "INVALID_ARGUMENT", /^timeoutMs must be/);
  await rejects({ jar, paraphrases: 1 }, "INVALID_ARGUMENT", /^paraphrases must be true, false or the path/);
  await rejects({ jar, average: "mean" }, "INVALID_ARGUMENT", /^average must be "image" or "corpus"/);
  await rejects({ jar, signal: {} }, "INVALID_ARGUMENT", /^signal must be an AbortSignal/);
  await expect(meteorJava(["a"], [], { jar })).rejects.toMatchObject({ code: "EMPTY_DATA" });
});

it("finds jar and Java by the environment", async () => {
  const { java, jar } = fakeJava(METEOR);
  vi.stubEnv("RSDIX_METEOR_JAR", jar);
  vi.stubEnv("RSDIX_JAVA", java);
  expect((await meteorJava(candidates, references)).perImage).toEqual([0.03, 0.04]);
});
