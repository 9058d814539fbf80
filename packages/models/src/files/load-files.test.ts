import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { noise } from "../../test/fake-hub";
import { serve, serveHub } from "../../test/hub-server";
import { parseHubId } from "./hub-id";
import { modelFiles } from "./load-files";
import type { DownloadProgress } from "./model-files";

const root = scratchFolder("file");
const folder = join(root, "model");
beforeAll(() => {
  mkdirSync(join(folder, "1_Pooling"), { recursive: true });
  mkdirSync(join(folder, ".git"));
  mkdirSync(join(folder, "a/b/c/d"), { recursive: true });
  writeFileSync(join(folder, "config.json"), '{"a":1}');
  writeFileSync(join(folder, "1_Pooling/config.json"), "{}");
  writeFileSync(join(folder, ".git/config"), "");
  writeFileSync(join(folder, "a/b/c/d/deep"), "");
  symlinkSync("config.json", join(folder, "link.json"));
  symlinkSync("nothing", join(folder, "broken.json"));
});
afterEach(() => vi.unstubAllEnvs());

describe("fetch", () => {
  it("takes names", async () => {
    const files = await modelFiles(folder);
    for (const names of [null, undefined, 5, "config.json", [null], [5], [5n]] as never[]) {
      await expect(files.fetch(names)).rejects.toEqual(refusal("INVALID_ARGUMENT", /array of file names|asked for by its name/));
    }
    await files.fetch(["config.json"]);
    await files.close();
  });
});

describe("a folder", () => {
  it.each([
    ["its path", () => folder],
    ["a relative path", () => `./${relative(process.cwd(), folder)}`],
    ["a path from the home folder", () => `~/${relative(homedir(), folder)}`],
    ["a URL", () => pathToFileURL(folder)],
  ])("is opened by %s", async (_, source) => {
    const files = await modelFiles(source());
    expect(files).toMatchObject({ origin: folder, revision: undefined });
    expect(await files.names()).toEqual(["1_Pooling/config.json", "config.json", "link.json"]);
    expect([await files.text("config.json"), await files.text("link.json"), await files.text("none")]).toEqual([
      '{"a":1}',
      '{"a":1}',
      undefined,
    ]);
    expect(await files.open("1_Pooling")).toBeUndefined();
    await files.fetch(["config.json"]);
    await expect(files.fetch(["config.json", "vocab.json"])).rejects.toEqual(refusal("FILE_NOT_FOUND", /no vocab.json in .*It has: 1_P/));
    await files.close();
  });

  it("gives nothing from outside", async () => {
    writeFileSync(join(root, "secret"), "x");
    const files = await modelFiles(folder);
    for (const name of ["../secret", "/etc/passwd", "a/../../secret", "", "C:x", "a\\b", "x\0", "./config.json", 7 as never]) {
      await expect(files.open(name)).rejects.toEqual(refusal("INVALID_ARGUMENT"));
    }
  });

  it("refuses a text that is none, or huge", async () => {
    writeFileSync(join(folder, "latin1.txt"), Buffer.from([0xe4]));
    const files = await modelFiles(folder);
    await expect(files.text("latin1.txt")).rejects.toEqual(refusal("FILE_CORRUPT", /isn't UTF-8/));
    await files.close();
    rmSync(join(folder, "latin1.txt"));
    const huge = await modelFiles([Object.defineProperty(new File([], "config.json"), "size", { value: 1e12 })]);
    await expect(huge.text("config.json")).rejects.toEqual(refusal("FILE_TOO_LARGE"));
  });
});

it("a file is all there is", async () => {
  const files = await modelFiles(join(folder, "config.json"));
  expect(await files.names()).toEqual(["config.json"]);
  expect(await files.text("config.json")).toBe('{"a":1}');
  expect(await files.open("link.json")).toBeUndefined();
  await files.close();
});

describe("chosen files", () => {
  const inFolder = (path: string) =>
    Object.defineProperty(new File([path], path.split("/").at(-1)!), "webkitRelativePath", { value: path });

  it("have their names, in a folder those below it", async () => {
    expect(await (await modelFiles([new File(["x"], "a.json"), new File(["y"], "b.json")])).names()).toEqual(["a.json", "b.json"]);
    const files = await modelFiles(["model/config.json", "model/1_Pooling/config.json"].map(inFolder));
    expect(await files.names()).toEqual(["config.json", "1_Pooling/config.json"]);
    expect(await files.text("1_Pooling/config.json")).toBe("model/1_Pooling/config.json");
    const list = { length: 1, 0: new File(["x"], "a.json") }; // as FileList is
    expect(await (await modelFiles(list)).text("a.json")).toBe("x");
    const blob = await modelFiles(new Blob(["xyz"]));
    expect(new TextDecoder().decode(await (await blob.open("weights"))!.read(1, 3))).toBe("yz");
  });

  it("are refused when two have one name, or there is none", async () => {
    await expect(modelFiles([new File([], "a"), new File([], "a")])).rejects.toEqual(refusal("INVALID_ARGUMENT", /named "a"/));
    for (const source of [[], [1], 7, null, undefined, {}])
      await expect(modelFiles(source as never)).rejects.toEqual(refusal("INVALID_ARGUMENT"));
  });
});

describe("what is given", () => {
  it.each([
    ["openai/clip-vit-base-patch32", { id: "openai/clip-vit-base-patch32", revision: undefined }],
    ["gpt2", { id: "gpt2", revision: undefined }],
    ["org/name@refs/pr/3", { id: "org/name", revision: "refs/pr/3" }],
    ["https://huggingface.co/org/name", { id: "org/name", revision: undefined }],
    ["https://huggingface.co/org/name/tree/v1.0/", { id: "org/name", revision: "v1.0" }],
    ["https://huggingface.co/datasets/name", undefined],
    ["https://huggingface.co/org/name/resolve/main/config.json", undefined],
    ["org/name@", undefined],
    ["org/name@../x", undefined],
    ["org/na..me", undefined],
    ["org/a/b", undefined],
    ["../name", undefined],
    ["org/na--me", undefined],
    ["org/name@a b", undefined],
    ["", undefined],
  ])("%s is an id or not", (text, expected) => expect(parseHubId(text)).toEqual(expected));

  it("is refused where it is nothing", async () => {
    await expect(modelFiles("./none")).rejects.toEqual(refusal("FILE_NOT_FOUND", /^"\.\/none" is no file or folder\.$/));
    await expect(modelFiles("a/b/c")).rejects.toEqual(refusal("FILE_NOT_FOUND", /no id of the hub/));
    await expect(modelFiles("")).rejects.toEqual(refusal("FILE_NOT_FOUND"));
  });

  it("comes with options that mean something there", async () => {
    await expect(modelFiles(folder, { cache: "x" } as never)).rejects.toEqual(refusal("UNKNOWN_OPTION"));
    for (const option of ["revision", "cacheDir", "endpoint", "token"]) {
      await expect(modelFiles(folder, { [option]: "x" })).rejects.toEqual(refusal("INVALID_ARGUMENT", /is for models of the hub/));
    }
    await expect(modelFiles("org/name", { endpoint: "huggingface.co" })).rejects.toEqual(refusal("INVALID_ARGUMENT", /endpoint/));
    await expect(modelFiles("https://x.example/m/", { offline: true })).rejects.toEqual(refusal("OFFLINE"));
  });

  it("is a model of the hub that the environment names", async () => {
    const { endpoint } = await serveHub("org/tiny", { "config.json": "{}" });
    vi.stubEnv("HF_ENDPOINT", `${endpoint}/`);
    vi.stubEnv("HF_HUB_CACHE", join(root, "cache"));
    vi.stubEnv("HF_HUB_OFFLINE", "0");
    vi.stubEnv("HF_TOKEN", "");
    const files = await modelFiles("org/tiny");
    expect(await files.text("config.json")).toBe("{}");
    await files.close();
  });
});

describe("a URL", () => {
  const WEIGHTS = noise(3_000_000);
  const contents: Record<string, Uint8Array> = {
    "config.json": Buffer.from('{"a":1}'),
    "model.safetensors": WEIGHTS,
    "merges.txt": new Uint8Array(),
  };
  let seen: string[] = [];
  let version = "1";

  /** What a server may be like. */
  async function site(kind: "ranges" | "no ranges" | "hidden ranges" | "pages", cut = Number.POSITIVE_INFINITY) {
    seen = [];
    version = "1";
    let left = cut;
    const { url } = await serve(async (request) => {
      const { pathname, search } = new URL(request.url);
      const range = request.headers.get("Range");
      seen.push(`${pathname}${search} ${range ?? ""}`.trim());
      const content = contents[pathname.slice("/m/".length)];
      if (!content)
        return kind === "pages" ? new Response("<html>", { headers: { "Content-Type": "text/html" } }) : new Response("", { status: 404 });
      const [start, end] =
        /(\d+)-(\d+)/
          .exec(range ?? "")
          ?.slice(1)
          .map(Number) ?? [];
      if (start === undefined || kind === "no ranges")
        return new Response(content as never, { headers: { "Content-Length": `${content.length}` } });
      if (start >= content.length) return new Response("", { status: 416 });
      const part = content.subarray(start, Math.min(end! + 1, content.length));
      const length = Math.min(left, part.length);
      left = Number.POSITIVE_INFINITY;
      return new Response(part.slice(0, length) as never, {
        status: 206,
        headers: {
          ETag: version,
          ...(kind !== "hidden ranges" && { "Content-Range": `bytes ${start}-${start + part.length - 1}/${content.length}` }),
        },
      });
    });
    return `${url}/m`;
  }

  it.each(["ranges", "no ranges", "hidden ranges", "pages"] as const)("of a folder is read, with %s", async (kind) => {
    const progress: DownloadProgress[] = [];
    const files = await modelFiles(await site(kind), { onProgress: (each) => progress.push(each) });
    expect(await files.names()).toEqual(["config.json", "merges.txt", "model.safetensors"]);
    expect([await files.text("config.json"), await files.text("merges.txt"), await files.text("vocab.json")]).toEqual([
      '{"a":1}',
      "",
      undefined,
    ]);
    const source = (await files.open("model.safetensors"))!;
    expect(source.size).toBe(WEIGHTS.length);
    for (const [start, end] of [
      [0, 10],
      [2_000_000, 2_000_010],
      [2_000_010, 2_000_020],
      [500_000, 2_900_000],
      [2_999_990, 3_000_000],
    ] as const) {
      expect(Buffer.compare(await source.read(start, end), WEIGHTS.subarray(start, end))).toBe(0);
    }
    expect((await source.read(2_999_999, 4_000_000)).length).toBe(1);
    expect(progress.at(-1)).toMatchObject({ file: "model.safetensors", loaded: WEIGHTS.length, total: WEIGHTS.length });
    await files.close();
    if (kind === "ranges") {
      await expect(source.read(0, 1)).rejects.toEqual(refusal("INVALID_ARGUMENT"));
      const parts = seen.filter((request) => request.startsWith("/m/model.safetensors")).slice(-4);
      expect(parts).toHaveLength(4); // the start, a block that two reads share, a large part, the end
    }
  });

  it("of a file is that file, with the parameters of the address", async () => {
    const files = await modelFiles(new URL(`${await site("ranges")}/model.safetensors?key=1`));
    expect(await files.names()).toEqual(["model.safetensors"]);
    expect((await files.open("model.safetensors"))?.size).toBe(WEIGHTS.length);
    expect(await files.open("config.json")).toBeUndefined();
    expect(seen).toEqual(["/m/model.safetensors?key=1 bytes=0-1048575"]);
    expect(files.origin).not.toContain("key"); // it may be a signature
    await expect(modelFiles("https://")).rejects.toEqual(refusal("INVALID_ARGUMENT", /no URL/));
  });

  it("is read again where the connection broke, and refused when the file changed", async () => {
    const files = await modelFiles(await site("ranges", 1000));
    const source = (await files.open("model.safetensors"))!;
    expect(seen).toHaveLength(2);
    version = "2";
    await expect(source.read(2_000_000, 2_000_010)).rejects.toEqual(refusal("FILE_CORRUPT", /changed/));
  });

  it("of an index brings what lies beside it", async () => {
    contents["model.safetensors.index.json"] = Buffer.from("{}");
    const files = await modelFiles(`${await site("ranges")}/model.safetensors.index.json`);
    expect(await files.names()).toEqual(["config.json", "merges.txt", "model.safetensors.index.json"]);
    expect((await files.open("model.safetensors"))?.size).toBe(WEIGHTS.length); // as a shard would be
  });

  it("is cut off where its server sends whole files that have no end, or says that they are too large", async () => {
    const piece = new Uint8Array(1 << 20);
    let sent = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += piece.length;
          controller.enqueue(piece);
        },
      });
    const { url } = await serve(async (request) => {
      const isText = request.url.endsWith("config.json");
      return isText ? new Response(endless()) : new Response(endless(), { headers: { "Content-Length": `${2 ** 31 + 1}` } });
    });
    const text = await modelFiles(`${url}/config.json`);
    await expect(text.text("config.json")).rejects.toEqual(refusal("FILE_TOO_LARGE", /config.json there are more than the 64000000 bytes/));
    expect(sent).toBeGreaterThan(64_000_000);
    expect(sent).toBeLessThan(200_000_000);
    sent = 0;
    const weights = await modelFiles(`${url}/model.safetensors`);
    await expect(weights.open("model.safetensors")).rejects.toEqual(
      refusal("FILE_TOO_LARGE", /than the 2147483648 bytes .* Range, .* download the files/),
    );
    expect(sent).toBeLessThan(100_000_000);
  });

  it("has room for 64 MB of whole texts in all, of which one that can't be loaded takes none", async () => {
    const large = new Uint8Array(40_000_000).fill(0x20);
    const { url } = await serve(async (request) => new Response(request.url.endsWith("merges.txt") ? large.subarray(20_000_000) : large));
    const files = await modelFiles(`${url}/`);
    expect((await files.text("config.json"))?.length).toBe(large.length);
    await expect(files.text("vocab.json")).rejects.toEqual(refusal("FILE_TOO_LARGE", /vocab.json there are more/));
    expect((await files.text("merges.txt"))?.length).toBe(20_000_000);
    expect((await files.open("model.safetensors"))?.size).toBe(large.length);
  });

  it.each(["bytes 0-2000000000/2000000001", "bytes 5-10/11", "bytes 0-10/5"])("is refused when the server sends %s", async (range) => {
    const { url } = await serve(async () => new Response("x", { status: 206, headers: { "Content-Range": range } }));
    const files = await modelFiles(`${url}/model.safetensors`);
    await expect(files.open("model.safetensors")).rejects.toEqual(refusal("FILE_CORRUPT", /of the first 1048576 bytes/));
  });
});
