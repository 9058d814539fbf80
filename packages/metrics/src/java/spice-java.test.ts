import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { fakeJava, isRunning, timedOut } from "../../test/fake-java";
import { type SpiceJavaOptions, spiceJava } from "./spice-java";

afterEach(() => vi.unstubAllEnvs());

/** Writes as SPICE does, images in another order; `change` alters what is written. */
const spiceWith = (change = "") => `
const score = (f) => ({ pr: f, re: f, f, tp: 1, fp: 0, fn: 0, numImages: 1 });
const none = { pr: null, re: null, f: null };
const given = JSON.parse(fs.readFileSync(args[args.indexOf("-jar") + 2], "utf8"));
note(given);
let out = given.reverse().map(({ image_id, test }) => ({
  image_id,
  scores: { All: score(test ? 0.25 : 0.75), Object: score(0.5), Attribute: none, Relation: none, Color: test ? none : score(0.75), Size: none, Cardinality: none },
  test_tuples: [{ tuple: ["road"], truth_value: true }],
  ref_tuples: [{ tuple: ["road", "long"], truth_value: false }],
}));
${change}
fs.writeFileSync(args[args.indexOf("-out") + 1], typeof out === "string" ? out : JSON.stringify(out));`;
const candidates = ["a road", ""];
const references = [["a long road", "roads"], ["a pond"]];

const run = (body: string, options: SpiceJavaOptions = {}) => {
  const fake = fakeJava(body);
  return { fake, result: spiceJava(candidates, references, { java: fake.java, jar: fake.jar, ...options }) };
};

it("hands over captions by a file, and reads scores and tuples in the order of the images", async () => {
  vi.stubEnv("RSDIX_NASHORN", undefined);
  const steps: object[] = [];
  const { fake, result } = run(spiceWith(), { onProgress: (step) => steps.push(step) });
  const { details, ...scores } = await result;
  const classes = { object: 0.5, attribute: NaN, relation: NaN, colour: 0.75, size: NaN, cardinality: NaN };
  expect(scores).toEqual({ spice: 0.5, perImage: [0.25, 0.75], ...classes });
  expect(details[0]).toEqual({
    ...{ precision: 0.25, recall: 0.25, f: 0.25, candidateTuples: [["road"]], referenceTuples: [["road", "long"]] },
    classes: { object: 0.5, attribute: NaN, relation: NaN, colour: NaN, size: NaN, cardinality: NaN },
  });
  expect(steps).toEqual([
    { done: 0, total: 2 },
    { done: 2, total: 2 },
  ]);
  expect(fake.noted()[0]).toEqual([
    { image_id: 0, test: "a road", refs: ["a long road", "roads"] },
    { image_id: 1, test: "", refs: ["a pond"] },
  ]);
  const { args, options } = fake.called();
  expect(args.slice(0, 6)).toEqual(["-Xmx4096m", expect.anything(), expect.anything(), expect.anything(), "-jar", fake.jar]);
  expect(args.slice(7)).toEqual(["-out", expect.anything(), "-detailed", "-subset", "-silent"]);
  expect(options).toContain('"--add-opens=java.base/java.util=ALL-UNNAMED"');
  expect(options).not.toContain("nashorn");
  expect([args[6], args[8]].map((path) => existsSync(path!))).toEqual([false, false]);
});

it("takes a cache, threads and a JavaScript engine, beside what the user set for Java", async () => {
  vi.stubEnv("JDK_JAVA_OPTIONS", "-Dmine=1");
  const { folder, java, jar, called } = fakeJava(spiceWith());
  const [engine, cache] = [join(folder, "two words"), join(folder, "new", "cache")];
  mkdirSync(engine);
  await spiceJava(candidates, references, { java, jar, scriptEngine: engine, cache, threads: 2 });
  const { args, options } = called();
  expect(args.slice(-4)).toEqual(["-cache", cache, "-threads", "2"]);
  expect(options).toMatch(/^-Dmine=1 "--add-opens=/);
  expect(options).toContain(`"--module-path=${engine}" "--add-modules=org.openjdk.nashorn"`);
  expect(readdirSync(join(folder, "new"))).toEqual(["cache"]);
});

it("takes scores above 1, which SPICE gives where several tuples of a candidate match one of the references", async () => {
  const { result } = run(spiceWith("out[0].scores.All = { pr: 1, re: 2, f: 4 / 3 }; out[0].scores.Object.f = 4 / 3;"));
  const { perImage, details } = await result;
  expect(perImage[1]).toBe(4 / 3);
  expect(details[1]).toMatchObject({ precision: 1, recall: 2, f: 4 / 3, classes: { object: 4 / 3 } });
});

it.each([
  [
    "no CoreNLP",
    'fail("NoClassDefFoundError: edu/stanford/nlp/semgraph")',
    "MISSING_DEPENDENCY",
    /isn't in .*lib\. Put stanford-corenlp-3\.6\.0\.jar and stanford-corenlp-3\.6\.0-models\.jar/,
  ],
  [
    "no models",
    'fail("Unable to open \\"edu/stanford/nlp/models/lexparser/englishPCFG.ser.gz\\"")',
    "MISSING_DEPENDENCY",
    /isn't in .*lib\. Put/,
  ],
  [
    "no engine",
    "fail('invoke because \"scriptEngine\" is null')",
    "MISSING_DEPENDENCY",
    /nashorn-core 15\.4 .* RSDIX_NASHORN, or run an older Java/,
  ],
  [
    "an empty engine",
    'fail("java.lang.module.FindException: Module org.openjdk.nashorn not found")',
    "MISSING_DEPENDENCY",
    /has no module org\.openjdk\.nashorn/,
  ],
  [
    "a crash",
    'fail("one\\n".repeat(99) + "last", 134)',
    "PROCESS_FAILED",
    /^spiceJava: Java ended with exit code 134 .*said:\n(one\n){7}last$/,
  ],
  ["no JSON", spiceWith('out = "{";'), "PROCESS_FAILED", /expected JSON in SPICE's output of 1 characters/],
  ["nothing", spiceWith('out = "";'), "PROCESS_FAILED", /expected JSON in SPICE's output of 0 characters/],
  ["no list", spiceWith("out = {};"), "PROCESS_FAILED", /expected a list of 2 results/],
  ["too few", spiceWith("out.pop();"), "PROCESS_FAILED", /expected a list of 2 results/],
  [
    "an image twice",
    spiceWith("out[0].image_id = 0;"),
    "PROCESS_FAILED",
    /expected each image_id from 0 to 1 once in SPICE's output, got 0/,
  ],
  ["an image that is none", spiceWith("out[0].image_id = 2;"), "PROCESS_FAILED", /each image_id from 0 to 1 once .* got 2/],
  ["no result", spiceWith("out[0] = null;"), "PROCESS_FAILED", /each image_id .* got nothing/],
  ["no scores", spiceWith("delete out[0].scores;"), "PROCESS_FAILED", /expected a number from 0 to 1 .* got nothing/],
  ["a score beyond 2", spiceWith("out[0].scores.All.f = 3;"), "PROCESS_FAILED", /expected a number from 0 to 2 .* got 3/],
  ["a precision beyond 1", spiceWith("out[0].scores.All.pr = 2;"), "PROCESS_FAILED", /expected a number from 0 to 1 .* got 2/],
  ["no score of a class", spiceWith("delete out[0].scores.Size;"), "PROCESS_FAILED", /expected a number from 0 to 2 .* got nothing/],
  ["no tuples", spiceWith("delete out[0].ref_tuples;"), "PROCESS_FAILED", /expected a list of tuples .* got nothing/],
  ["a tuple of numbers", spiceWith("out[0].ref_tuples = [{ tuple: [1] }];"), "PROCESS_FAILED", /expected a tuple of words .* got \[1\]/],
])("says what is wrong: %s", async (_, body, code, message) => {
  await expect(run(body).result).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

it("ends Java, and leaves no file, when it is stopped", async () => {
  const fake = fakeJava("note(args[args.indexOf('-jar') + 2]); setInterval(() => {}, 1e6);");
  const controller = new AbortController();
  const result = spiceJava(candidates, references, { jar: fake.jar, java: fake.java, signal: controller.signal });
  const settled = expect(result).rejects.toMatchObject({ code: "ABORTED", message: "spiceJava was stopped." });
  await vi.waitFor(() => expect(fake.noted()).toHaveLength(1), { timeout: 60_000 });
  const [input] = fake.noted();
  expect(JSON.parse(readFileSync(input!, "utf8"))).toHaveLength(2);
  controller.abort();
  await settled;
  expect([isRunning(fake.called().pid), existsSync(input!)]).toEqual([false, false]);
});

it("does not wait for what a script leaves behind", async () => {
  const body = `const child = require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { stdio: "inherit" });
note(String(child.pid)); setInterval(() => {}, 1e6);`;
  const { java, jar, noted } = fakeJava(body);
  const call = () => spiceJava(candidates, references, { java, jar, timeoutMs: 3000 });
  const result = timedOut(call, 3000, () => noted().length > 0);
  await expect(result).rejects.toMatchObject({ code: "PROCESS_FAILED", message: expect.stringMatching(/within the 3000 ms/) });
  process.kill(Number(noted()[0]));
});

it("says what an option must be", async () => {
  vi.stubEnv("RSDIX_SPICE_JAR", undefined);
  const { jar, folder } = fakeJava("");
  const rejects = (options: object, code: string, message: RegExp) =>
    expect(spiceJava(candidates, references, options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  await rejects({}, "MISSING_DEPENDENCY", /^spiceJava runs the original program, .* RSDIX_SPICE_JAR/);
  await rejects({ jar, scriptEngine: join(folder, "gone") }, "FILE_NOT_FOUND", /^scriptEngine .*gone isn't a folder/);
  await rejects({ jar, scriptEngine: 1 }, "INVALID_ARGUMENT", /^scriptEngine must be a path, got number/);
  await rejects({ jar, cache: "" }, "INVALID_ARGUMENT", /^cache must be a path, got ""/);
  await rejects({ jar, threads: 0 }, "INVALID_ARGUMENT", /^threads must be a whole number at least 1/);
  await rejects({ jar, paraphrases: false }, "UNKNOWN_OPTION", /^spiceJava has no option "paraphrases"/);
  await expect(spiceJava(candidates, [["a"]], { jar })).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
});
