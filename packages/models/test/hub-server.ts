import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterTest } from "../../../test/cleanup";
import { FakeHub } from "./fake-hub";

/** Serves answers to requests by HTTP on this machine, until the test ends. */
export async function serve(answer: (request: Request) => Promise<Response>): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (incoming, outgoing) => {
    const headers = new Headers(Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)]));
    try {
      const response = await answer(new Request(`http://${incoming.headers.host}${incoming.url}`, { method: incoming.method!, headers }));
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      if (response.body) for await (const chunk of response.body) if (!outgoing.write(chunk)) await drained(outgoing);
      outgoing.end();
    } catch {
      outgoing.destroy(); // as a connection breaks
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  afterTest(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function drained(outgoing: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ["drain", "close"]) outgoing.once(event, resolve);
  });
}

/** A hub on this machine, whose large files come from another host. */
export async function serveHub(id: string, files: Record<string, string | Uint8Array>) {
  const hub = await FakeHub.of(id, files);
  const { url, close } = await serve((request) => hub.answer(request));
  hub.cdn = url.replace("127.0.0.1", "localhost");
  return { hub, endpoint: url, close };
}
