import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readAll } from "./lazy-checkpoint";
import { openSafetensors } from "./safetensors";
import { encodeSafetensors } from "./safetensors-write";
import { urlSource } from "./url-source";

const code = (value: string) => expect.objectContaining({ code: value });
const file = encodeSafetensors(
  new Map([
    ["a", { dtype: "float32" as const, shape: [300], data: Float32Array.from({ length: 300 }, (_, i) => i) }],
    ["b", { dtype: "int32" as const, shape: [2], data: Int32Array.of(7, 8) }],
  ]),
);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** The range that was asked for; undefined where none was. */
function rangeOf(request: IncomingMessage): [number, number] | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  return first === undefined ? undefined : [Number(first), Number(last) + 1];
}

/** What a good server does; `headers` are added or take the place of its own. */
function serve(bytes: Uint8Array, headers: Record<string, string> = {}): Answer {
  return (request, response) => {
    const range = rangeOf(request);
    if (request.method === "HEAD" || !range) response.writeHead(200, { "content-length": bytes.length, ...headers });
    else if (range[0] >= bytes.length) response.writeHead(416, { "content-range": `bytes */${bytes.length}` });
    else response.writeHead(206, { "content-range": `bytes ${range[0]}-${range[1] - 1}/${bytes.length}`, ...headers });
    response.end(request.method === "HEAD" ? undefined : bytes.subarray(...(range ?? [])));
  };
}

describe("urlSource", () => {
  let server: Server;
  let url: string;
  let answer: Answer;
  let requests: IncomingMessage[];
  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.safetensors`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    requests = [];
    answer = serve(file);
  });

  it("reads a checkpoint by ranges, and of it only what is wanted", async () => {
    const { tensors } = await openSafetensors(await urlSource(url));
    expect(requests).toHaveLength(3); // size, header's length, header
    expect([...(await tensors.get("b")!.read()).data]).toEqual([7, 8]);
    expect(rangeOf(requests.at(-1)!)).toEqual([file.length - 8, file.length]);
    expect((await readAll(tensors)).get("a")!.data[299]).toBe(299);
  });

  it("reads where HEAD is refused, or doesn't tell the size", async () => {
    for (const status of [403, 405, 200]) {
      answer = (request, response) =>
        request.method === "HEAD" ? response.writeHead(status, { connection: "close" }).end() : serve(file)(request, response);
      const source = await urlSource(new URL(url));
      expect([source.size, await source.read(8, 12)]).toEqual([file.length, file.slice(8, 12)]);
    }
  });

  it("reads nothing of an empty file or range", async () => {
    answer = serve(new Uint8Array());
    expect((await urlSource(url)).size).toBe(0);
    answer = (request, response) =>
      request.method === "HEAD" ? response.writeHead(405).end() : serve(new Uint8Array())(request, response);
    expect((await urlSource(url)).size).toBe(0);
    answer = serve(file);
    expect(await (await urlSource(url)).read(5, 5)).toEqual(new Uint8Array());
  });

  it("sends headers along, and fetches with what it is given", async () => {
    const asked: string[] = [];
    const spy: typeof fetch = async (input, init) => {
      asked.push(String(input));
      return fetch(input, init);
    };
    await (await urlSource(url, { headers: { authorization: "Bearer x" }, fetch: spy })).read(0, 1);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer x", "Bearer x"]);
    expect(asked).toEqual([url, url]);
  });

  it.each<[string, Answer, string, RegExp]>([
    [
      "a server without ranges",
      (_, response) => response.writeHead(200, { "content-length": file.length }).end(file),
      "DOWNLOAD_FAILED",
      /doesn't serve ranges.*Blob/,
    ],
    ["a server with an error", (_, response) => response.writeHead(503).end(), "DOWNLOAD_FAILED", /503/],
    ["a file that isn't there", (_, response) => response.writeHead(404).end(), "FILE_NOT_FOUND", /404/],
    ["another range", serve(file, { "content-range": `bytes 1-9/${file.length}` }), "DOWNLOAD_FAILED", /bytes 1-9/],
    ["a range that is none", serve(file, { "content-range": "bytes all" }), "DOWNLOAD_FAILED", /bytes all/],
    ["a range of a file of another size", serve(file, { "content-range": "bytes 0-7/9" }), "DOWNLOAD_FAILED", /was changed/],
    ["compressed bytes", serve(file, { "content-encoding": "br" }), "DOWNLOAD_FAILED", /./],
    [
      "an answer that is too long",
      (request, response) => (request.method === "HEAD" ? serve(file)(request, response) : response.writeHead(206).end(new Uint8Array(9))),
      "DOWNLOAD_FAILED",
      /more than the 8/,
    ],
    [
      "an answer that is too short",
      (request, response) => (request.method === "HEAD" ? serve(file)(request, response) : response.writeHead(206).end(new Uint8Array(7))),
      "DOWNLOAD_FAILED",
      /7 of the 8/,
    ],
    [
      "a connection that breaks",
      (request, response) => {
        if (request.method === "HEAD") return serve(file)(request, response);
        response.writeHead(206, { "content-length": 8 });
        response.write(new Uint8Array(3), () => response.destroy());
      },
      "DOWNLOAD_FAILED",
      /can't be downloaded/,
    ],
    [
      "a file that changes",
      (request, response) => serve(file, { etag: request.method === "HEAD" ? '"1"' : '"2"' })(request, response),
      "DOWNLOAD_FAILED",
      /was changed/,
    ],
    [
      "a size that is none",
      (_, response) => response.writeHead(206, { "content-range": "bytes 0-0/99999999999999999999" }).end("x"),
      "DOWNLOAD_FAILED",
      /no size/,
    ],
    ["no size", (request, response) => response.writeHead(request.method === "HEAD" ? 405 : 206).end(), "DOWNLOAD_FAILED", /doesn't tell/],
  ])("refuses %s", async (_, bad, expected, message) => {
    answer = bad;
    const read = async () => (await urlSource(url)).read(0, 8);
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toThrow(code(expected));
  });

  it("refuses what isn't reached, isn't an address, or isn't within the file", async () => {
    await expect(urlSource("http://127.0.0.1:1/x")).rejects.toThrow(code("DOWNLOAD_FAILED"));
    await expect(urlSource("no address")).rejects.toThrow(code("DOWNLOAD_FAILED"));
    await expect(urlSource(5 as never)).rejects.toThrow(code("INVALID_ARGUMENT"));
    await expect(urlSource(url, { header: {} } as never)).rejects.toThrow(code("UNKNOWN_OPTION"));
    await expect((await urlSource(url)).read(0, file.length + 1)).rejects.toThrow(code("INVALID_ARGUMENT"));
  });

  it("ends when it is told to", async () => {
    const control = new AbortController();
    const source = await urlSource(url, { signal: control.signal });
    answer = () => control.abort(); // while the answer is waited for
    await expect(source.read(0, 8)).rejects.toThrow(code("ABORTED"));
    await expect(urlSource(url, { signal: control.signal })).rejects.toThrow(code("ABORTED"));
  });
});
