import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { startBackend } from "@rsdix/backend";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Models } from "../src/load-models";
import type { Settings } from "../src/settings";
import { metric, png, postForm, postJson, serving, tinyModels } from "./serve";

let models: Models;
let file: Uint8Array;
const opened: Server[] = [];
beforeAll(async () => {
  await startBackend("cpu");
  models = await tinyModels();
  file = await png(1);
});
afterAll(() => models.dispose());
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A web server for the time of a test. */
async function site(listener: RequestListener, host = "127.0.0.1"): Promise<string> {
  const server = createServer(listener);
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return `http://${host}:${(server.address() as AddressInfo).port}`;
}

/** A server of bytes for the time of `body`, that says `listener` to each connection once it was asked something. */
async function bytesSite<T>(listener: (socket: Socket) => void, body: (url: string) => Promise<T>): Promise<T> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {}).once("data", () => listener(socket.resume()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const result = await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await vi.waitFor(() => expect(sockets.map(({ destroyed }) => destroyed)).not.toContain(false), 60_000); // the service left
    return result;
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** What comes of one URL. */
const fetched = (url: string, settings: Partial<Settings> = { allowPrivate: true }) =>
  serving(models, settings, async (service) => {
    const { status, body } = await postJson(`${service}/embed`, { urls: [url] });
    return [status, (body as { error?: { code: string; message: string } }).error];
  });

const error = (status: number, code: string, message: RegExp) => [status, { code, message: expect.stringMatching(message) }];

describe("images by URL", () => {
  it("are answered like uploaded ones, in the list's order, through redirects", async () => {
    const files = await Promise.all([1, 2, 3].map((seed) => png(seed)));
    const url = await site(({ url }, response) => {
      const at = Number(url!.slice(1));
      if (at > 2) response.writeHead(302, { location: `/${at - 3}` }).end();
      else setTimeout(() => response.end(files[at]), 30 - 10 * at);
    });
    await serving(models, { allowPrivate: true }, async (service) => {
      const uploaded = await postForm(`${service}/caption`, files, { beams: "2" });
      const urls = [`${url}/3`, `${url}/1`, `${url}/5`];
      expect(uploaded.status).toBe(200);
      expect((await postJson(`${service}/caption`, { urls, beams: 2 })).body).toEqual(uploaded.body);
    });
  });

  it("are not fetched from private, local and reserved addresses, however they are written", async () => {
    let asked = 0;
    const url = await site((_, response) => {
      asked++;
      response.end(file);
    });
    const { port } = new URL(url);
    const hosts = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "2130706433", "0x7f.1", "017700000001"];
    for (const host of [
      ...hosts,
      "10.0.0.1",
      "172.16.0.1",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "[fd00::1]",
      "[fe80::1]",
      "[64:ff9b::7f00:1]",
      "[::127.0.0.1]",
      "[::a00:1]",
    ]) {
      expect([host, await fetched(`http://${host}:${port}/`, {})]).toEqual([
        host,
        error(422, "URL_REFUSED", /^"http:\/\/[^"]+" leads to a private or reserved address\.$/),
      ]);
    }
    expect(asked).toBe(0);
    expect(await fetched(url, { allowAddress: ["127.0.0.1"] })).toEqual([200, undefined]);
    expect(asked).toBe(1);
  });

  it("are not fetched from where a redirect leads to such an address", async () => {
    let asked = 0;
    const inner = await site((_, response) => {
      asked++;
      response.end(file);
    }, "127.0.0.2");
    const outer = await site((_, response) => response.writeHead(307, { location: inner }).end());
    expect(await fetched(outer, { allowAddress: ["127.0.0.1"] })).toEqual(
      error(422, "URL_REFUSED", /leads to a private or reserved address/),
    );
    expect(asked).toBe(0);
    expect(await fetched(outer, { allowAddress: ["127.0.0.1", "127.0.0.2"] })).toEqual([200, undefined]);
  });

  it.each(["", "x", "/etc/passwd", "file:///etc/passwd", "ftp://example.org/a.png", "data:image/png;base64,AAAA", "gopher://a", "http://"])(
    "are not fetched from %o",
    async (url) => {
      expect(await fetched(url)).toEqual(
        error(422, "URL_REFUSED", /is no address of the web, or leads to none: http: or https: is needed\.$/),
      );
    },
  );

  it("are not fetched with passwords, nor through redirects to files or without end", async () => {
    expect(await fetched("http://me:secret@example.org/a.png?key=secret")).toEqual(
      error(422, "URL_REFUSED", /^"http:\/\/example\.org\/a\.png" has a user name or password, which aren't sent\.$/),
    );
    const toFile = await site((_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end());
    expect(await fetched(toFile)).toEqual(error(422, "URL_REFUSED", /leads to none/));
    const inCircles = await site((_, response) => response.writeHead(302, { location: "/" }).end());
    expect(await fetched(inCircles)).toEqual(error(502, "URL_FAILED", /redirects more than 3 times\.$/));
  });

  it("say what went wrong where they can't be had", async () => {
    const missing = await site((_, response) => response.writeHead(404).end("no"));
    expect(await fetched(missing)).toEqual(error(502, "URL_FAILED", /answered with status 404\.$/));
    const breaks = await site((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("x");
      setTimeout(() => response.destroy(), 10);
    });
    expect(await fetched(breaks)).toEqual(error(502, "URL_FAILED", /can't be fetched \(ECONNRESET\)\.$/));
    const closed = await site(() => {});
    opened.pop()!.close();
    expect(await fetched(closed)).toEqual(error(502, "URL_FAILED", /can't be fetched \(ECONNREFUSED\)\.$/));
    const page = await site((_, response) => response.end("<html>"));
    expect(await fetched(page)).toEqual(error(422, "NOT_AN_IMAGE", /^The image cannot be decoded/));
    const nothing = await site((_, response) => response.end());
    expect(await fetched(nothing)).toEqual(error(422, "NOT_AN_IMAGE", /^The image is empty\.$/));
  });

  it("are given up when they take too long, or are too large", async () => {
    const silent = await site(() => {});
    expect(await fetched(silent, { allowPrivate: true, urlTimeout: 100 })).toEqual(error(504, "URL_TIMEOUT", /took longer than 100 ms\.$/));
    const drips = await site((_, response) => {
      const timer = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(timer));
    });
    expect(await fetched(drips, { allowPrivate: true, urlTimeout: 100 })).toEqual(error(504, "URL_TIMEOUT", /took longer than 100 ms\.$/));
    const announced = await site((_, response) => response.writeHead(200, { "content-length": "1001" }).write("x"));
    const tooLarge = error(413, "IMAGE_TOO_LARGE", /has more than 1000 bytes\.$/);
    expect(await fetched(announced, { allowPrivate: true, maxImageBytes: 1000 })).toEqual(tooLarge);
    const endless = await site((_, response) => {
      const timer = setInterval(() => response.write(new Uint8Array(300)), 1);
      response.on("close", () => clearInterval(timer));
    });
    expect(await fetched(endless, { allowPrivate: true, maxImageBytes: 1000 })).toEqual(tooLarge);
  });

  it("have no more bytes together than a body may have", async () => {
    const said = await site((_, response) => response.end(file));
    const unsaid = await site((_, response) => response.write(file, () => response.end()));
    const both = 2 * file.length;
    for (const [url, maxBody, status] of [
      [said, both, 200],
      [said, both - 1, 413],
      [unsaid, both, 200],
      [unsaid, both - 1, 413],
    ] as const) {
      await serving(models, { allowPrivate: true, maxBody }, async (service) => {
        const { status: got, body } = await postJson(`${service}/embed`, { urls: [url, url] });
        expect(got).toBe(status);
        const message = `The images have more than ${maxBody} bytes together: send fewer, or smaller ones.`;
        if (got === 413) expect(body).toEqual({ error: { code: "BODY_TOO_LARGE", message } });
      });
    }
  });

  const UPGRADE = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n";
  it.each<[string, (socket: Socket) => void, ReturnType<typeof error>]>([
    ["switches protocols", (socket) => socket.write(UPGRADE), error(502, "URL_FAILED", /answered with status 101\.$/)],
    ["switches protocols and leaves", (socket) => socket.end(UPGRADE), error(502, "URL_FAILED", /answered with status 101\.$/)],
    ["leaves", (socket) => socket.end(), error(502, "URL_FAILED", /can't be fetched \(ECONNRESET\)\.$/)],
    ["speaks no HTTP", (socket) => socket.write("220 hello\r\n"), error(502, "URL_FAILED", /can't be fetched \(HPE_\w+\)\.$/)],
    ["switches without a name", (socket) => socket.write("HTTP/1.1 101 X\r\n\r\n"), error(502, "URL_FAILED", /status 101\.$/)],
    ["only promises", (socket) => socket.write("HTTP/1.1 102 Processing\r\n\r\n".repeat(3)), error(504, "URL_TIMEOUT", /300 ms/)],
    ["doesn't end its head", (socket) => socket.write("HTTP/1.1 200 OK\r\nA: b"), error(504, "URL_TIMEOUT", /300 ms/)],
  ])("are answered in time where the server %s", async (_, listener, expected) => {
    await bytesSite(listener, (url) =>
      serving(models, { allowPrivate: true, urlTimeout: expected[0] === 504 ? 300 : 60_000 }, async (service) => {
        const { status, body } = await postJson(`${service}/embed`, { urls: [url] });
        expect([status, (body as { error: unknown }).error]).toEqual(expected);
        expect(await metric(service, "requests_in_progress")).toBe(0);
      }),
    );
  });
});
