import { beforeEach, describe, expect, it } from "vitest";
import page from "../../../../docs/models/loading.md?raw";
import { COMMIT, FakeHub, noise } from "../../test/fake-hub";
import { platform } from "../platform-web";
import { type HubOptions, hubFiles } from "./hub-files";
import { type DownloadProgress, filesOf } from "./model-files";
import { type Network, PATIENCE } from "./network";
import { PIECE_BYTES } from "./partial-web";
import { browserStorage } from "./storage-web";

/** What a browser is used for; in Node, which has none of it, the memory of the page stands in. */
const inBrowser = globalThis.document !== undefined;
const ENDPOINT = "https://hub.example";
/** One and a half pieces. */
const WEIGHTS = noise(PIECE_BYTES * 1.5);
const FILES = { "config.json": '{"a":1}', "1_Pooling/config.json": "{}", "model.safetensors": WEIGHTS, "empty.txt": "" };

let id = "";
let models = 0;
beforeEach(() => {
  id = `org/model-${Date.now()}-${models++}`; // a browser's storage outlives a test
});

async function setup() {
  const hub = await FakeHub.of(id, FILES);
  const load = async (impatience: Partial<Network> = {}, options: Partial<HubOptions> = {}) => {
    const network = { ...PATIENCE, attempts: 2, firstDelayMs: 1, fetch: hub.fetch, ...impatience };
    return filesOf(await hubFiles({ id, revision: undefined }, { endpoint: ENDPOINT, offline: false, ...options }, network, platform));
  };
  const forget = async () => {
    const { small, large } = await browserStorage();
    for (const i of [0, 1]) for (const storage of [small, large]) await storage.delete(`${ENDPOINT}/${id}/blobs/${hash}?piece=${i}`);
  };
  const hash = hub.entry("model.safetensors").lfs!.oid;
  return { hub, load, hash, forget };
}

async function checkWeights(files: Awaited<ReturnType<Awaited<ReturnType<typeof setup>>["load"]>>) {
  const source = (await files.open("model.safetensors"))!;
  expect(source.size).toBe(WEIGHTS.length);
  for (const start of [0, PIECE_BYTES - 5, WEIGHTS.length - 10]) {
    expect(await source.read(start, start + 10)).toEqual(WEIGHTS.slice(start, start + 10));
  }
}

describe(`the hub's files in ${inBrowser ? "a browser's storage" : "the memory of a page"}`, () => {
  it("are downloaded once, and are there offline", async () => {
    const { hub, load, forget } = await setup();
    await forget();
    await expect(load({}, { offline: true })).rejects.toMatchObject({ code: "OFFLINE" });
    const files = await load();
    expect(files.revision).toBe(COMMIT);
    expect(await files.names()).toEqual(Object.keys(FILES));
    expect([await files.text("config.json"), await files.text("empty.txt"), await files.text("none")]).toEqual(['{"a":1}', "", undefined]);
    await checkWeights(files);
    const before = hub.requests.length;
    await checkWeights(await load());
    expect(hub.requests.slice(before).some((request) => request.includes("/resolve/"))).toBe(false);
    hub.intercept = () => new Response(null, { status: 500 });
    const offline = await load({}, { offline: true });
    expect(await offline.names()).toEqual(["config.json", "model.safetensors", "empty.txt"]);
    await checkWeights(offline);
    expect(await offline.text("config.json")).toBe('{"a":1}');
    await expect(offline.fetch(["1_Pooling/config.json"])).rejects.toMatchObject({
      code: "OFFLINE",
      message: expect.stringMatching(/1_Pooling/),
    });
  });

  it("go on where a download was interrupted, within a piece too", async () => {
    const { hub, load, forget } = await setup();
    await forget();
    hub.cuts.push(PIECE_BYTES + 100_000);
    await expect((await load({ attempts: 1 })).open("model.safetensors")).rejects.toMatchObject({ code: "DOWNLOAD_FAILED" });
    const seen: DownloadProgress[] = [];
    await checkWeights(await load({}, { onProgress: (progress) => seen.push(progress) }));
    const start = Number(/bytes=(\d+)-$/.exec(hub.requests.at(-1)!)![1]);
    expect(start).toBeGreaterThan(PIECE_BYTES);
    expect(seen[0]!.loaded).toBe(start);
    expect(seen.at(-1)!.loaded).toBe(WEIGHTS.length);
  });

  it("are removed when their hash is wrong, and loaded anew when a piece is gone", async () => {
    const { hub, load, hash, forget } = await setup();
    await forget();
    hub.entry("model.safetensors").lfs!.oid = "0".repeat(64);
    await expect((await load()).open("model.safetensors")).rejects.toMatchObject({ code: "FILE_CORRUPT" });
    const { large } = await browserStorage();
    expect(await large.get(`${ENDPOINT}/${id}/blobs/${"0".repeat(64)}?piece=0`)).toBeUndefined();
    hub.entry("model.safetensors").lfs!.oid = hash;
    await checkWeights(await load());
    await large.delete(`${ENDPOINT}/${id}/blobs/${hash}?piece=1`);
    expect(await (await load({}, { offline: true }).catch(() => undefined))?.open("model.safetensors")).toBeUndefined();
    await checkWeights(await load());
    expect(hub.requests.at(-1)).toMatch(new RegExp(`bytes=${PIECE_BYTES}-$`));
  });

  it("fail as WRITE_FAILED where the storage is full", async () => {
    const { hub, load } = await setup();
    expect(hub.id).toBe(id);
    const { hubStoreWeb } = await import("./hub-store-web");
    const full = {
      get: async () => undefined,
      delete: async () => undefined,
      put: async () => Promise.reject(new Error("QuotaExceededError")),
    };
    const hubStore = async () => hubStoreWeb(ENDPOINT, id, { small: full, large: full, place: "a full storage" });
    expect(await (await load()).names()).toContain("config.json"); // with room it loads
    const network = { ...PATIENCE, fetch: hub.fetch };
    const loading = hubFiles({ id, revision: undefined }, { endpoint: ENDPOINT, offline: false }, network, { ...platform, hubStore });
    await expect(loading).rejects.toMatchObject({ code: "WRITE_FAILED", message: expect.stringContaining("QuotaExceededError") });
  });

  it.runIf(inBrowser)("lie in the Cache API, and large ones in the private file system", async () => {
    const { load, hash } = await setup();
    await (await load()).fetch(["config.json", "model.safetensors"]);
    const cache = await caches.open("rsdix-hub");
    const keys = (await cache.keys()).map(({ url }) => url).filter((url) => url.includes(id));
    expect(keys.filter((url) => url.includes("piece"))).toHaveLength(1);
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("rsdix-hub");
    const file = await (await folder.getFileHandle(encodeURIComponent(`${hash}?piece=0`))).getFile();
    expect(file.size).toBe(PIECE_BYTES);
  });

  it.runIf(inBrowser)("are removed by the lines that the page on loading has", async () => {
    const { load } = await setup();
    await (await load()).fetch(["config.json", "model.safetensors"]);
    const [, lines] = /```js\n([^`]*)```/.exec(page)!;
    await new Function(`return (async () => {${lines}})()`)();
    await expect(load({}, { offline: true })).rejects.toMatchObject({ code: "OFFLINE" });
    await checkWeights(await load());
  });

  it.runIf(inBrowser)("are for ids; paths are addresses relative to the page", async () => {
    const { modelFiles } = await import("./load-files");
    const files = await modelFiles("/models/clip");
    expect(files.origin).toBe(new URL("/models/clip/", document.baseURI).href);
    await expect(modelFiles("org/name", { cacheDir: "x" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/for Node/),
    });
    await expect(modelFiles("a/b/c")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });
});
