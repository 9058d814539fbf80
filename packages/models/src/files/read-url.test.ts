import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { openSafetensors } from "../checkpoint/safetensors";
import { encodeSafetensors } from "../checkpoint/safetensors-write";
import { urlSource } from "./read-url";

const file = encodeSafetensors(new Map([["b", { dtype: "int32" as const, shape: [2], data: Int32Array.of(7, 8) }]]));

describe("urlSource", () => {
  let server: Server;
  let url: string;
  let requests: IncomingMessage[];
  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request);
      if (request.url !== "/model.safetensors") return response.writeHead(404).end();
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
      const end = Math.min(Number(last) + 1, file.length);
      response.writeHead(206, { "content-range": `bytes ${first}-${end - 1}/${file.length}` });
      return response.end(file.subarray(Number(first), end));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.safetensors`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    requests = [];
  });

  it("reads a checkpoint by ranges", async () => {
    const { tensors } = await openSafetensors(await urlSource(new URL(url)));
    expect([...(await tensors.get("b")!.read()).data]).toEqual([7, 8]);
    expect(requests.every(({ headers }) => headers.range)).toBe(true);
  });

  it("sends headers along, and fetches with what it is given", async () => {
    const asked: string[] = [];
    const spy: typeof fetch = async (input, init) => {
      asked.push(String(input));
      return fetch(input, init);
    };
    await (await urlSource(url, { headers: { authorization: "Bearer x" }, fetch: spy })).read(0, 1);
    expect(requests.map(({ headers }) => [headers.authorization, headers.range?.slice(0, 8)])).toEqual([["Bearer x", "bytes=0-"]]);
    expect(asked).toEqual([url]);
  });

  it("refuses what isn't there, isn't an address or has another option, and ends when it is told to", async () => {
    await expect(urlSource(`${url}.old`)).rejects.toThrow(refusal("FILE_NOT_FOUND"));
    for (const wrong of ["no address", "file:///etc/hosts", "", 5 as never]) {
      await expect(urlSource(wrong)).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    }
    await expect(urlSource(url, { header: {} } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION"));
    for (const [wrong, message] of [
      [{ headers: new Headers({ authorization: "Bearer x" }) }, /headers must be .* got \[object Headers\]/],
      [{ headers: null }, /headers must be/],
      [{ headers: { range: 5 } }, /The header "range" must be text, got 5/],
      [{ headers: { authorization: undefined } }, /The header "authorization" must be text, got undefined/],
      [{ headers: { "a b": "c" } }, /The header "a b" can't be sent/],
      [{ headers: { a: "b\nc" } }, /The header "a" can't be sent/],
      [{ fetch: 5 }, /fetch must be a function, got 5/],
      [{ signal: {} }, /must be an AbortSignal/],
    ] as const) {
      const refused = refusal("INVALID_ARGUMENT", message);
      await expect(urlSource(url, wrong as never)).rejects.toThrow(refused);
    }
    await expect(urlSource(url, { signal: AbortSignal.abort() })).rejects.toThrow(refusal("ABORTED"));
  });
});
