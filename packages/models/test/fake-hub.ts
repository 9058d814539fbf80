/** The hub as far as loading a model needs it, as a function from requests to answers: behind a server in Node, as `fetch` in a browser. */

/** Files of this size and more are in LFS: the hub redirects to another server for them. */
const LFS_BYTES = 1000;

interface Entry {
  readonly type: "file";
  path: string;
  size: number;
  oid: string;
  lfs?: { oid: string; size: number; pointerSize: number };
}

async function digest(algorithm: "SHA-1" | "SHA-256", bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest(algorithm, bytes as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const encode = (text: string) => new TextEncoder().encode(text);

async function entryOf(path: string, content: Uint8Array): Promise<Entry> {
  const large = content.length >= LFS_BYTES;
  // Of a large file git has a pointer, whose hash nobody needs.
  const committed = large ? encode("pointer") : new Uint8Array([...encode(`blob ${content.length}\0`), ...content]);
  const entry: Entry = { type: "file", path, size: content.length, oid: await digest("SHA-1", committed) };
  if (large) entry.lfs = { oid: await digest("SHA-256", content), size: content.length, pointerSize: 134 };
  return entry;
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

export class FakeHub {
  /** `GET path Range`, in order. */
  readonly requests: string[] = [];
  /** The Authorization header of each request. */
  readonly tokens: (string | null)[] = [];
  /** Where large files are redirected to; another host than the hub's, where a test sets it so. */
  cdn = "";
  /** The origin of the second page of the list, where it isn't the hub's. */
  elsewhere: string | undefined;
  /** What `main` is at. */
  commit: unknown = COMMIT;
  ignoresRange = false;
  /** Answers instead of the hub; `undefined` leaves it to the hub. */
  intercept: ((path: string, request: Request) => Response | undefined) | undefined;
  /** How many bytes of a body come before the connection breaks; each request takes one of the list. */
  readonly cuts: number[] = [];
  /** Awaited before each piece of a body. */
  pieceDelay: (() => Promise<void>) | undefined;

  private constructor(
    readonly id: string,
    private readonly contents: Map<string, Uint8Array>,
    /** What the hub says of its files; tests damage it. */
    readonly tree: Entry[],
  ) {}

  static async of(id: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<FakeHub> {
    const contents = new Map(
      Object.entries(files).map(([path, content]) => [path, typeof content === "string" ? encode(content) : content] as const),
    );
    return new FakeHub(id, contents, await Promise.all([...contents].map(([path, content]) => entryOf(path, content))));
  }

  entry(path: string): Entry {
    return this.tree.find((each) => each.path === path)!;
  }

  /** The requests for the content of a file. */
  requestsOf(path: string): string[] {
    return this.requests.filter((request) => request.split(" ")[1]!.endsWith(`/${path}`) && request.includes("/resolve/"));
  }

  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const range = request.headers.get("Range");
    this.requests.push(`${request.method} ${pathname}${range ? ` ${range}` : ""}`);
    this.tokens.push(request.headers.get("Authorization"));
    const instead = this.intercept?.(pathname, request);
    if (instead) return instead;
    const revision = `/api/models/${this.id}/revision/`;
    if (pathname.startsWith(revision)) {
      const known = ["main", "refs%2Fpr%2F1", COMMIT].includes(pathname.slice(revision.length));
      return known ? json({ id: this.id, sha: this.commit }) : refusal(404, "RevisionNotFound", "Invalid rev id");
    }
    if (pathname === `/api/models/${this.id}/tree/${COMMIT}`) return this.listed(request);
    const resolve = `/${this.id}/resolve/${COMMIT}/`;
    if (pathname.startsWith(resolve)) return this.resolved(decodeURIComponent(pathname.slice(resolve.length)), range);
    if (pathname.startsWith("/cdn/")) return this.body(this.contents.get(decodeURIComponent(pathname.slice(5)))!, range);
    return refusal(401, "RepoNotFound", "Invalid username or password.");
  }

  /** Two pages, as the hub does for long lists. */
  private listed(request: Request): Response {
    const url = new URL(request.url);
    const half = Math.ceil(this.tree.length / 2);
    if (url.searchParams.has("cursor")) return json(this.tree.slice(half));
    url.searchParams.set("cursor", "2");
    const next = this.elsewhere ? `${this.elsewhere}${url.pathname}${url.search}` : `${url}`;
    return json([{ type: "directory", path: "1_Pooling", size: 0, oid: "0" }, ...this.tree.slice(0, half)], {
      Link: `<${next}>; rel="next"`,
    });
  }

  private resolved(path: string, range: string | null): Response {
    const entry = this.entry(path);
    const content = this.contents.get(path);
    if (!entry || !content) return refusal(404, "EntryNotFound", "Entry not found");
    const headers = { "X-Repo-Commit": COMMIT, ETag: `"${entry.oid}"` };
    if (!entry.lfs) return this.body(content, range, headers);
    const location = `${this.cdn}/cdn/${encodeURIComponent(path)}`;
    return new Response(null, { status: 302, headers: { ...headers, "X-Linked-Etag": `"${entry.lfs.oid}"`, Location: location } });
  }

  private body(content: Uint8Array, range: string | null, headers: Record<string, string> = {}): Response {
    const start = range && !this.ignoresRange ? Number(/^bytes=(\d+)-/.exec(range)![1]) : 0;
    if (start >= content.length && start > 0) return refusal(416, "Range", "Requested Range Not Satisfiable");
    const partial = start > 0 || (range !== null && !this.ignoresRange);
    const bytes = content.subarray(start);
    const cut = this.cuts.shift() ?? Number.POSITIVE_INFINITY;
    const delay = this.pieceDelay;
    const stream = async function* () {
      for (let at = 0; at < bytes.length; at += 65_536) {
        await delay?.();
        if (cut <= at) throw new Error("cut");
        yield bytes.slice(at, Math.min(at + 65_536, cut));
        if (cut < at + 65_536) {
          await new Promise((resolve) => setTimeout(resolve, 20)); // what was sent arrives before the connection breaks
          throw new Error("cut");
        }
      }
    };
    return new Response(streamOf(stream()), {
      status: partial ? 206 : 200,
      headers: {
        ...headers,
        "Content-Length": String(bytes.length),
        ...(partial && { "Content-Range": `bytes ${start}-${content.length - 1}/${content.length}` }),
      },
    });
  }

  /** As `fetch`, with redirects followed. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    init?.signal?.throwIfAborted();
    let request = new Request(input, init);
    for (let hops = 0; hops < 20; hops++) {
      const answer = await this.answer(request);
      const location = answer.headers.get("Location");
      if (!location) return answer;
      const headers = new Headers(request.headers);
      headers.delete("Authorization");
      request = new Request(new URL(location, request.url), { headers });
    }
    throw new TypeError("redirect count exceeded");
  };
}

function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      } catch (error) {
        controller.error(error);
      }
    },
  });
}

export function json(value: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), { headers: { "Content-Type": "application/json; charset=utf-8", ...headers } });
}

export function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ error: message }), {
    status,
    headers: { "Content-Type": "application/json", "X-Error-Code": code, "X-Error-Message": message, ...headers },
  });
}

/** Bytes that look random, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
