/**
 * The service worker: keeps the page and its code from the first visit on, so that it opens without a network. Models are kept elsewhere: those of the hub by
 * @rsdix/models, others by the worker's storage.ts.
 */

/** What is read of the scope, whose types would exclude those of pages. */
interface Scope {
  readonly caches: CacheStorage;
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", listener: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(
    type: "fetch",
    listener: (event: { readonly request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
}

/** The build puts the page's files here, and a name that changes with any of them. */
declare const __PRECACHE__: { readonly version: string; readonly files: readonly string[] };

const scope = self as unknown as Scope;
const { version, files } = __PRECACHE__;
const PREFIX = "rsdix-studio-page-";
const NAME = PREFIX + version;

scope.addEventListener("install", (event) => {
  const urls = files.map((file) => new URL(file, scope.registration.scope).href);
  const keep = async () => {
    const cache = await scope.caches.open(NAME);
    await cache.addAll(urls.map((url) => new Request(url, { cache: "reload" })));
    // Without skipWaiting: pages that are open go on with the files that they are made of, until all of them are closed.
  };
  event.waitUntil(keep());
});

scope.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await scope.caches.keys()) if (name.startsWith(PREFIX) && name !== NAME) await scope.caches.delete(name);
    await scope.clients.claim();
  };
  event.waitUntil(tidy());
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope.registration.scope)) return;
  const answer = async () => {
    const cache = await scope.caches.open(NAME);
    const isPage = request.mode === "navigate";
    // Servers may say "Vary: Origin"; what is kept was asked for without one, and is the same for all.
    const options = { ignoreSearch: isPage, ignoreVary: true };
    return (await cache.match(isPage ? scope.registration.scope : request, options)) ?? fetch(request);
  };
  event.respondWith(answer());
});
