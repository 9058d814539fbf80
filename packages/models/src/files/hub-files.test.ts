import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { downloadFileToCacheDir, scanCachedRepo } from "@huggingface/hub";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { COMMIT, noise } from "../../test/fake-hub";
import { serveHub } from "../../test/hub-server";
import { type ModelFilesOptions, modelFiles } from "./load-files";
import type { DownloadProgress, ModelFiles } from "./model-files";

const ID = "org/tiny";
const WEIGHTS = noise(300_000);
const FILES = {
  "config.json": '{"a":1}',
  "1_Pooling/config.json": "{}",
  "model.safetensors": WEIGHTS,
  "pytorch_model.bin": noise(200_000, 2),
};

let cacheDir: string;
let folder: string;
beforeEach(() => {
  cacheDir = scratchFolder();
  folder = join(cacheDir, "models--org--tiny");
  for (const name of ["HF_TOKEN", "HF_ENDPOINT", "HF_HUB_OFFLINE"]) vi.stubEnv(name, "");
});
afterEach(() => vi.unstubAllEnvs());

const opened: ModelFiles[] = [];
afterEach(async () => {
  for (const files of opened.splice(0)) await files.close();
});

async function setup() {
  const { hub, endpoint, close } = await serveHub(ID, FILES);
  const load = async (options: ModelFilesOptions = {}, id = ID) => {
    const files = await modelFiles(id, { cacheDir, endpoint, ...options });
    opened.push(files);
    return files;
  };
  return { hub, endpoint, close, load };
}

const isWeights = (bytes: Uint8Array) => Buffer.compare(bytes, WEIGHTS) === 0;
const blobs = () => readdirSync(join(folder, "blobs")).sort();
const weightsHash = (hub: { entry(path: string): { lfs?: { oid: string } } }) => hub.entry("model.safetensors").lfs!.oid;

describe("a model of the hub", () => {
  it("has names, texts and files that are read in pieces, and downloads what is opened", async () => {
    const { hub, load } = await setup();
    const files = await load();
    expect(files).toMatchObject({ origin: `${ID}@${COMMIT}`, revision: COMMIT });
    expect(await files.names()).toEqual(Object.keys(FILES));
    expect(await files.text("config.json")).toBe('{"a":1}');
    expect(await files.text("vocab.json")).toBeUndefined();
    const source = (await files.open("model.safetensors"))!;
    expect(source.size).toBe(WEIGHTS.length);
    expect(await source.read(1000, 1010)).toEqual(WEIGHTS.slice(1000, 1010));
    expect(hub.requestsOf("pytorch_model.bin")).toEqual([]);
    expect(await files.open("model.safetensors")).toBe(source);
    await files.close();
    await expect(source.read(0, 1)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(files.open("config.json")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("keeps files as Python's huggingface_hub does, where the hub's own library finds them", async () => {
    const { hub, endpoint, load } = await setup();
    const files = await load();
    await files.fetch(["config.json", "1_Pooling/config.json", "model.safetensors"]);
    await files.close();
    const snapshot = join(folder, "snapshots", COMMIT);
    expect(readFileSync(join(folder, "refs/main"), "utf8")).toBe(COMMIT);
    expect(blobs()).toEqual([hub.entry("config.json").oid, hub.entry("1_Pooling/config.json").oid, weightsHash(hub)].sort());
    expect(readlinkSync(join(snapshot, "model.safetensors"))).toBe(`../../blobs/${weightsHash(hub)}`);
    expect(readlinkSync(join(snapshot, "1_Pooling/config.json"))).toBe(`../../../blobs/${hub.entry("1_Pooling/config.json").oid}`);
    const { revisions } = await scanCachedRepo(folder);
    expect(revisions).toMatchObject([{ commitOid: COMMIT, refs: ["main"], size: 7 + WEIGHTS.length }]);
    const before = hub.requests.length;
    const params = { repo: ID, path: "model.safetensors", revision: COMMIT, cacheDir, hubUrl: endpoint };
    expect(isWeights(readFileSync(await downloadFileToCacheDir(params)))).toBe(true);
    expect(hub.requests.length).toBe(before);
  });

  it("downloads once, also what another revision brought, and again what was damaged", async () => {
    const { hub, load } = await setup();
    await (await load()).fetch(["config.json", "model.safetensors"]);
    await (await load()).fetch(["config.json", "model.safetensors"]);
    expect([hub.requestsOf("config.json").length, hub.requestsOf("model.safetensors").length]).toEqual([1, 1]);
    rmSync(join(folder, "snapshots"), { recursive: true });
    await (await load()).fetch(["config.json", "model.safetensors"]);
    expect(hub.requestsOf("model.safetensors").length).toBe(1);
    writeFileSync(join(folder, "blobs", weightsHash(hub)), "cut off");
    const source = (await (await load()).open("model.safetensors"))!;
    expect(isWeights(await source.read(0, source.size))).toBe(true);
    expect(hub.requestsOf("model.safetensors").length).toBe(2);
  });

  it("pins a revision: by the id, by the option, by a commit, which nothing is asked about", async () => {
    const { hub, load } = await setup();
    expect((await load({}, `${ID}@refs/pr/1`)).revision).toBe(COMMIT);
    expect(readFileSync(join(folder, "refs/refs/pr/1"), "utf8")).toBe(COMMIT);
    expect((await load({ revision: "main" })).revision).toBe(COMMIT);
    hub.requests.length = 0;
    expect((await load({ revision: COMMIT }, `${ID}@${COMMIT}`)).revision).toBe(COMMIT);
    expect(hub.requests.filter((request) => request.includes("/revision/"))).toEqual([]);
    await expect(load({ revision: "main" }, `${ID}@v1`)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(load({ revision: "../x" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(load({ revision: "gone" })).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringMatching(/Invalid rev id/),
    });
  });

  it("works offline with what is in the cache, and says what isn't", async () => {
    const { load, close } = await setup();
    await expect(load({ offline: true })).rejects.toMatchObject({
      code: "OFFLINE",
      message: expect.stringMatching(/org\/tiny@main isn't in .*Load it once/),
    });
    await (await load()).fetch(["config.json", "model.safetensors"]);
    await close();
    for (const id of [ID, `${ID}@${COMMIT}`]) {
      const files = await load({ offline: true }, id);
      expect(await files.names()).toEqual(["config.json", "model.safetensors"]);
      expect(await files.text("config.json")).toBe('{"a":1}');
      expect(files.revision).toBe(COMMIT);
      expect(await files.open("tokenizer.json")).toBeUndefined();
      await expect(files.fetch(["config.json", "tokenizer.json"])).rejects.toMatchObject({
        code: "OFFLINE",
        message: expect.stringMatching(/^tokenizer.json of/),
      });
      await files.close();
    }
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    expect((await modelFiles(ID, { cacheDir })).origin).toContain("offline");
    await expect(load({ offline: true, revision: "v2" })).rejects.toMatchObject({ code: "OFFLINE" });
  });

  it("tells its progress, of each file and of all", async () => {
    const { load } = await setup();
    const seen: DownloadProgress[] = [];
    const onProgress = (progress: DownloadProgress) => seen.push(progress);
    await (await load({ onProgress })).fetch(["config.json", "model.safetensors"]);
    const ofWeights = seen.filter(({ file }) => file === "model.safetensors").map(({ loaded }) => loaded);
    expect(ofWeights.length).toBeGreaterThan(3);
    expect(ofWeights).toEqual([...ofWeights].sort((a, b) => a - b));
    expect(new Set(seen.map(({ overall }) => overall.total))).toEqual(new Set([WEIGHTS.length + 7]));
    const all = { loaded: WEIGHTS.length + 7, total: WEIGHTS.length + 7 };
    expect(seen.at(-1)).toEqual({ file: "model.safetensors", loaded: WEIGHTS.length, total: WEIGHTS.length, overall: all });
    seen.length = 0;
    await (await load({ onProgress })).fetch(["config.json"]);
    expect(seen).toEqual([{ file: "config.json", loaded: 7, total: 7, overall: { loaded: 7, total: 7 } }]);
  });

  it("sends the token to the hub, and not to where it redirects to or has its list go on", async () => {
    const { hub, load } = await setup();
    hub.elsewhere = hub.cdn;
    await load({ token: "hf_secret" });
    expect(hub.tokens).toEqual(["Bearer hf_secret", "Bearer hf_secret", null]);
    hub.tokens.length = 0;
    hub.elsewhere = undefined;
    await (await load({ token: "hf_secret" })).fetch(["model.safetensors"]);
    expect(hub.requests.at(-1)).toMatch(/^GET \/cdn\//);
    expect(hub.tokens).toEqual([...hub.tokens.slice(0, -1).map(() => "Bearer hf_secret"), null]);
    vi.stubEnv("HF_TOKEN", "hf_environment");
    await load();
    expect(hub.tokens.at(-1)).toBe("Bearer hf_environment");
  });

  it("two loads at once download once", async () => {
    const { hub, load } = await setup();
    const sources = await Promise.all([load(), load()].map(async (files) => (await files).open("model.safetensors")));
    for (const source of sources) expect(isWeights(await source!.read(0, 300_000))).toBe(true);
    expect(hub.requestsOf("model.safetensors").length).toBe(1);
  });

  it("fails where the cache can't be written", async () => {
    const { hub, load } = await setup();
    const file = join(cacheDir, "file");
    writeFileSync(file, "");
    await expect(load({ cacheDir: file })).rejects.toMatchObject({ code: "WRITE_FAILED", message: expect.stringMatching(/cacheDir/) });
    const files = await load();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "blobs"), "in the way");
    await expect(files.fetch(["config.json"])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    rmSync(join(folder, "blobs"));
    hub.pieceDelay = async () => rmSync(join(folder, "blobs"), { recursive: true, force: true }); // the folder goes while the file comes
    await expect(files.fetch(["model.safetensors"])).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(existsSync(join(folder, "snapshots", COMMIT, "model.safetensors"))).toBe(false);
  });
});
