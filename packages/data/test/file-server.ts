/** A server in a function: files by path, ranges as a server that can does them, and what goes wrong as a test wants it. */
export class FileServer {
  readonly requests: string[] = [];
  ranges = true;
  etag = '"1"';
  /** Answers in place of the file, each once, in order; "cut" ends the file's answer in its middle. */
  readonly trouble: (Response | "cut" | "refuse" | undefined)[] = [];

  constructor(readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer> | string>>) {}

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    const range = new Headers(init?.headers).get("Range") ?? "";
    this.requests.push(`${pathname} ${range}`.trim());
    init?.signal?.throwIfAborted();
    const trouble = this.trouble.shift();
    if (trouble instanceof Response) return trouble;
    if (trouble === "refuse") throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
    const file = this.files[decodeURIComponent(pathname)];
    if (file === undefined) return new Response(null, { status: 404 });
    const all = typeof file === "string" ? new TextEncoder().encode(file) : file;
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    const headers = { ETag: this.etag };
    if (!this.ranges || first === undefined)
      return this.answer(all, trouble, { headers: { ...headers, "Content-Length": String(all.length) } });
    const start = Number(first);
    if (start >= all.length) return new Response(null, { status: 416, headers: { "Content-Range": `bytes */${all.length}` } });
    const end = last ? Math.min(Number(last) + 1, all.length) : all.length;
    const part = { ...headers, "Content-Range": `bytes ${start}-${end - 1}/${all.length}` };
    return this.answer(all.slice(start, end), trouble, { status: 206, headers: part });
  };

  private answer(bytes: Uint8Array<ArrayBuffer>, trouble: "cut" | undefined, init: ResponseInit): Response {
    if (trouble !== "cut") return new Response(bytes, init);
    const half = bytes.slice(0, Math.ceil(bytes.length / 2));
    const pieces = [
      () => half,
      () => {
        throw new Error("terminated");
      },
    ];
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(pieces.shift()!()) }, { highWaterMark: 0 });
    return new Response(body, init);
  }
}
