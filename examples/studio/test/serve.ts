import { readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** A server of a folder. */
export interface Site {
  readonly url: string;
  readonly server: Server;
  /** The names that were asked for, in order. */
  readonly requests: string[];
  /** What answers in place of the folder, by name. */
  readonly instead: Map<string, (response: ServerResponse) => void>;
}

/** Serves a folder, as any web server would; "Vary: Origin" is said by many, `vite preview` among them. */
export async function serve(folder: string): Promise<Site> {
  const requests: string[] = [];
  const instead: Site["instead"] = new Map();
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, "http://x").pathname)).replace(/^(\.\.[/\\])+/, "");
    const name = path.endsWith("/") ? join(path, "index.html") : path;
    requests.push(name);
    const other = instead.get(name);
    if (other) return other(response);
    try {
      const content = await readFile(join(folder, name));
      response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", Vary: "Origin" });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/`, server, requests, instead };
}
