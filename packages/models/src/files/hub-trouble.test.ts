import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { json, noise, refusal } from "../../test/fake-hub";
import { serveHub } from "../../test/hub-server";
import { platform } from "../platform-node";
import { type HubOptions, hubFiles } from "./hub-files";
import { filesOf, type ModelFiles } from "./model-files";
import { type Network, PATIENCE } from "./network";
import { beginPartial } from "./partial-node";

const ID = "org/tiny";
const WEIGHTS = noise(300_000);

let cacheDir: string;
let blobs: string;
beforeEach(() => {
  cacheDir = scratchFolder();
  blobs = join(cacheDir, "models--org--tiny", "blobs");
});

const opened: ModelFiles[] = [];
afterEach(async () => {
  for (const files of opened.splice(0)) await files.close();
});

async function setup() {
  const { hub, endpoint } = await serveHub(ID, { "config.json": "{}", "model.safetensors": WEIGHTS });
  const load = async (impatience: Partial<Network> = {}, options: Partial<HubOptions> = {}) => {
    const network = { ...PATIENCE, attempts: 2, firstDelayMs: 1, fetch, ...impatience };
    const found = await hubFiles({ id: ID, revision: undefined }, { endpoint, offline: false, cacheDir, ...options }, network, platform);
    const files = filesOf(found);
    opened.push(files);
    return files;
  };
  /** Loads the weights, which must be the right ones. */
  const weights = async (impatience: Partial<Network> = {}, options: Partial<HubOptions> = {}) => {
    const files = await load(impatience, options);
    const source = (await files.open("model.safetensors"))!;
    expect(Buffer.compare(await source.read(0, source.size), WEIGHTS)).toBe(0);
  };
  return { hub, endpoint, load, weights, hash: hub.entry("model.safetensors").lfs!.oid };
}

describe("a download that is interrupted", () => {
  it("goes on where it stopped, as often as bytes come", async () => {
    const { hub, weights } = await setup();
    hub.cuts.push(100_000, 50_000, 70_000);
    await weights();
    const starts = hub.requestsOf("model.safetensors").map((request) => Number(/bytes=(\d+)-/.exec(request)?.[1] ?? 0));
    expect(starts.length).toBe(4);
    for (let i = 1; i < 4; i++) expect(starts[i]).toBeGreaterThan(starts[i - 1]!);
  });

  it("is kept, and continued by the next load", async () => {
    const { hub, weights, hash } = await setup();
    hub.cuts.push(100_000);
    const failed = { code: "DOWNLOAD_FAILED", message: expect.stringMatching(/model.safetensors of org\/tiny.*kept/) };
    await expect(weights({ attempts: 1 })).rejects.toMatchObject(failed);
    expect(readdirSync(blobs)).toEqual([`${hash}.rsdix.incomplete`]);
    const { length } = readFileSync(join(blobs, `${hash}.rsdix.incomplete`));
    expect(length).toBeGreaterThan(0);
    await weights();
    expect(hub.requestsOf("model.safetensors").at(-1)).toMatch(new RegExp(`bytes=${length}-$`));
    expect(readdirSync(blobs)).toEqual([hash]);
  });

  it.runIf(process.platform === "linux")("is refused where no folder can be made for it", async () => {
    const { weights } = await setup();
    await expect(weights({}, { cacheDir: "/proc/none" })).rejects.toMatchObject({ code: "WRITE_FAILED" });
  });

  it("is taken over from a program that died, not from one that lives", async () => {
    const { hub, weights, hash } = await setup();
    const files = [`${hash}.incomplete`, `${hash}.77-ab.incomplete`].map((name) => join(blobs, name));
    await weights();
    rmSync(join(blobs, hash));
    for (const [i, file] of files.entries()) writeFileSync(file, WEIGHTS.subarray(0, 50_000 + i * 10_000));
    const old = new Date(Date.now() - 600_000);
    utimesSync(files[0]!, old, old);
    await weights();
    expect(hub.requestsOf("model.safetensors").at(-1)).toMatch(/bytes=50000-$/);
    expect(readdirSync(blobs).sort()).toEqual([hash, `${hash}.77-ab.incomplete`].sort());
  });

  it("starts anew where the server ignores Range, or has fewer bytes than were kept", async () => {
    const { hub, weights, hash } = await setup();
    hub.ignoresRange = true;
    hub.cuts.push(100_000);
    await weights();
    expect(hub.requestsOf("model.safetensors").length).toBe(2);
    rmSync(join(blobs, hash));
    writeFileSync(join(blobs, `${hash}.rsdix.incomplete`), noise(300_001, 3));
    await weights();
  });

  it("starts anew where what was left is damaged", async () => {
    const { hub, weights, hash } = await setup();
    await weights();
    rmSync(join(blobs, hash));
    writeFileSync(join(blobs, `${hash}.rsdix.incomplete`), noise(100_000, 3));
    await weights();
    expect(hub.requestsOf("model.safetensors").map((request) => request.split(" ")[2])).toEqual([undefined, "bytes=100000-", undefined]);
    rmSync(join(blobs, hash));
    writeFileSync(join(blobs, `${hash}.rsdix.incomplete`), noise(WEIGHTS.length, 3)); // whole, and wrong
    await weights();
    expect(readdirSync(blobs)).toEqual([hash]);
  });

  it("fails where nothing comes for too long", async () => {
    const { hub, weights } = await setup();
    hub.pieceDelay = () => new Promise((resolve) => setTimeout(resolve, 3000));
    await expect(weights({ stallMs: 60 })).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/nothing came for 0.06 seconds/),
    });
  });

  it("stops when it is aborted, and is kept", async () => {
    const { hub, weights, hash } = await setup();
    const controller = new AbortController();
    hub.pieceDelay = () => new Promise((resolve) => setTimeout(resolve, 20));
    const onProgress = ({ loaded }: { loaded: number }) => loaded > 0 && controller.abort();
    await expect(weights({ signal: controller.signal }, { onProgress })).rejects.toMatchObject({ code: "ABORTED" });
    expect(readdirSync(blobs)).toEqual([`${hash}.rsdix.incomplete`]);
    await expect(weights({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("a load that waits for another one's download stops waiting when it is aborted", async () => {
    const { hub, load } = await setup();
    const controller = new AbortController();
    const [first, second] = await Promise.all([load(), load({ signal: controller.signal })]);
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    hub.pieceDelay = () => released;
    const download = first.open("model.safetensors");
    const waiting = second.open("model.safetensors");
    setTimeout(() => controller.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    release();
    expect((await download)?.size).toBe(WEIGHTS.length);
  });
});

describe("what the hub sends", () => {
  it("is refused when its hash is another one, and removed", async () => {
    const { hub, load, weights } = await setup();
    hub.entry("model.safetensors").lfs!.oid = "0".repeat(64);
    await expect(weights()).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/its sha256 is [0-9a-f]{64}, not 0{64}/),
    });
    expect(readdirSync(blobs)).toEqual([]);
    hub.entry("config.json").oid = "1".repeat(40);
    await expect((await load()).text("config.json")).rejects.toMatchObject({
      code: "FILE_CORRUPT",
      message: expect.stringMatching(/git-sha1/),
    });
    expect(readdirSync(blobs)).toEqual([]);
  });

  it("is refused when it is more than was announced", async () => {
    const { hub, weights } = await setup();
    hub.entry("model.safetensors").lfs!.size = 200_000;
    await expect(weights()).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringMatching(/more than the 200000 bytes/) });
    expect(readdirSync(blobs)).toEqual([]);
  });

  it.each([
    ["a name that climbs", { path: "../../.ssh/authorized_keys" }],
    ["a name from the root", { path: "/etc/passwd" }],
    ["a name with a drive", { path: "C:evil" }],
    ["a name with backslashes", { path: "a\\..\\b" }],
    ["a name with a zero byte", { path: "a\0b" }],
    ["an empty name", { path: "" }],
    ["a hash that is a path", { oid: "../../../evil" }],
    ["no hash", { oid: undefined }],
    ["a negative size", { size: -1 }],
    ["a size that is no number", { size: "1e9" }],
  ])("is refused when its list has %s", async (_, damage) => {
    const { hub, load } = await setup();
    Object.assign(hub.entry("config.json"), damage);
    await expect(load()).rejects.toMatchObject({ code: "FILE_CORRUPT" });
  });

  it.each([
    [
      "a commit that is a path",
      (path: string) => (path.includes("/revision/") ? json({ id: ID, sha: "../../x" }) : undefined),
      "FILE_CORRUPT",
    ],
    ["no JSON", (path: string) => (path.includes("/tree/") ? new Response("<html>") : undefined), "DOWNLOAD_FAILED"],
    ["a list that is none", (path: string) => (path.includes("/tree/") ? json({ error: 1 }) : undefined), "DOWNLOAD_FAILED"],
    ["a list of nothing", (path: string) => (path.includes("/tree/") ? json([null]) : undefined), "DOWNLOAD_FAILED"],
    ["an endless list", (path: string) => (path.includes("/tree/") ? new Response("[".repeat(17_000_000)) : undefined), "FILE_TOO_LARGE"],
  ])("is refused when it has %s", async (_, intercept, code) => {
    const { hub, load } = await setup();
    hub.intercept = intercept;
    await expect(load()).rejects.toMatchObject({ code });
  });
});

describe("a hub that refuses", () => {
  it.each([
    [401, "DOWNLOAD_FAILED", /access is denied \(HTTP 401, "no"\).*HF_TOKEN/],
    [403, "DOWNLOAD_FAILED", /access is denied \(HTTP 403/],
    [404, "FILE_NOT_FOUND", /there is none \(HTTP 404.*Check the id/],
    [418, "DOWNLOAD_FAILED", /answered HTTP 418/],
    [429, "DOWNLOAD_FAILED", /too many requests.*2 attempts failed/],
    [500, "DOWNLOAD_FAILED", /the server has a problem \(HTTP 500/],
  ])("with %i says what may help, for the list and for a file", async (status, code, message) => {
    const { hub, load } = await setup();
    hub.intercept = () => refusal(status, "Some", "no");
    await expect(load()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    hub.intercept = (path) => (path.includes("/resolve/") ? refusal(status, "Some", "no") : undefined);
    await expect((await load()).open("config.json")).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("for a moment is asked again, later where it says so", async () => {
    const { hub, weights } = await setup();
    const refusals = [refusal(429, "", "slow down", { "Retry-After": "0" }), refusal(503, "", "restarting")];
    hub.intercept = (path) => (path.includes("/resolve/") ? refusals.shift() : undefined);
    await weights({ attempts: 3 });
    hub.intercept = () => refusal(429, "", "slow down", { "Retry-After": "3600" });
    await expect(weights()).rejects.toMatchObject({ code: "DOWNLOAD_FAILED", message: expect.stringMatching(/to wait 3600 seconds/) });
  });

  it("redirects in circles", async () => {
    const { hub, weights } = await setup();
    hub.intercept = (path) => (path.includes("/resolve/") ? new Response(null, { status: 302, headers: { Location: path } }) : undefined);
    await expect(weights()).rejects.toMatchObject({ code: "DOWNLOAD_FAILED", message: expect.stringMatching(/in circles/) });
    expect(hub.requestsOf("model.safetensors").length).toBeLessThan(30);
  });

  it("isn't there", async () => {
    const { load } = await setup();
    await expect(load({}, { endpoint: "http://127.0.0.1:9" })).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/127.0.0.1:9 failed/),
    });
  });
});

it("two programs that download one file don't disturb each other", async () => {
  const blob = join(cacheDir, "blobs", "ab");
  const linked: string[] = [];
  const [first, second] = [
    await beginPartial(blob, async () => void linked.push("first")),
    await beginPartial(blob, async () => void linked.push("second")),
  ];
  for (let i = 0; i < 10; i++) {
    await first.write(WEIGHTS.subarray(i * 100, i * 100 + 100));
    await second.write(WEIGHTS.subarray(i * 100, i * 100 + 100));
  }
  await first.finish();
  await second.finish();
  expect(linked).toEqual(["first", "second"]);
  expect(readFileSync(blob)).toEqual(Buffer.from(WEIGHTS.subarray(0, 1000)));
  expect(readdirSync(join(cacheDir, "blobs"))).toEqual(["ab"]);
  const left = [await beginPartial(blob, async () => {}), await beginPartial(blob, async () => {})];
  await left[0]!.write(WEIGHTS.subarray(0, 10));
  await left[0]!.keep();
  await left[1]!.discard();
  const claims = await Promise.all([beginPartial(blob, async () => {}), beginPartial(blob, async () => {})]);
  expect(claims.map((claim) => claim.size()).sort()).toEqual([0, 10]);
  for (const claim of claims) await claim.discard();
  expect(readdirSync(join(cacheDir, "blobs"))).toEqual(["ab"]);
});
