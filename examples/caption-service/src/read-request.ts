import { fetchImage } from "./fetch-image";
import { type Form, readForm } from "./read-form";
import { refuse } from "./service-error";
import type { Settings } from "./settings";

/** What a request brings. */
export interface Incoming {
  /** Gives the bytes of each image, in the request's order, unless it is stopped before. */
  readonly images: readonly ((stop: AbortSignal) => Promise<Uint8Array>)[];
  /** Everything else that it says. */
  readonly options: Record<string, unknown>;
}

/** The most bytes of JSON for each image, and for all options together: as long as an address may be for most servers. */
const JSON_BYTES = 8192;

/**
 * Reads a request's body: a form with image files, an image, or JSON with URLs. Options stand in the query or in the form or JSON.
 *
 * @param request the request; its body is limited already
 * @param settings how many images, of what size
 * @returns its images and options
 */
export async function readRequest(request: Request, settings: Settings): Promise<Incoming> {
  refuseEncoded(request);
  const query = named([...new URL(request.url).searchParams]);
  const type = (request.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === "multipart/form-data") return fromForm(await readForm(request, settings), query, settings);
  if (type === "application/json") return fromJson(await jsonOf(request, settings), query, settings);
  if (type.startsWith("image/") || type === "application/octet-stream") {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return { images: [async () => checkBytes(bytes, settings, "The image")], options: query };
  }
  return refuse(
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    `Send images as multipart/form-data, one as image/*, or URLs as application/json; got ${type ? JSON.stringify(type) : "no Content-Type"}.`,
  );
}

/** A compressed body would be taken for a damaged image or form; and unpacked it may be far larger than what was sent. */
function refuseEncoded(request: Request): void {
  const encoding = (request.headers.get("content-encoding") ?? "").trim();
  if (encoding === "" || encoding.toLowerCase() === "identity") return;
  refuse(
    415,
    "UNSUPPORTED_MEDIA_TYPE",
    `The body has Content-Encoding ${JSON.stringify(encoding.slice(0, 50))}: send it as it is, without one; images are compressed already.`,
  );
}

async function jsonOf(request: Request, { maxImages }: Settings): Promise<Record<string, unknown>> {
  const text = await request.text();
  const most = JSON_BYTES * (maxImages + 1);
  if (text.length > most)
    // parsing as much as images may have would stop all others for seconds
    refuse(413, "BODY_TOO_LARGE", `JSON may have at most ${most} bytes, with ${maxImages} addresses: send fewer, or shorter ones.`);
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch {
    // said below
  }
  return refuse(400, "INVALID_BODY", 'The body isn\'t a JSON object like {"urls": ["https://..."]}.');
}

function fromForm({ files, fields }: Form, query: Record<string, unknown>, settings: Settings): Incoming {
  checkCount(files.length, settings);
  const images = files.map((file, i) => async () => checkBytes(file, settings, nameOf(i, files.length)));
  return { images, options: together(query, named(fields)) };
}

function fromJson({ urls, ...rest }: Record<string, unknown>, query: Record<string, unknown>, settings: Settings): Incoming {
  if (!Array.isArray(urls) || urls.some((url) => typeof url !== "string"))
    refuse(422, "INVALID_OPTION", "urls must be a list of addresses.");
  checkCount(urls.length, settings);
  const budget = { left: settings.maxBody };
  const images = urls.map(
    (url: string, i) => async (stop: AbortSignal) =>
      checkBytes(await fetchImage(url, settings, budget, stop), settings, nameOf(i, urls.length)),
  );
  return { images, options: together(query, rest) };
}

function checkCount(count: number, { maxImages }: Settings): void {
  if (count === 0) refuse(422, "NO_IMAGES", "The request has no image.");
  if (count > maxImages)
    refuse(413, "TOO_MANY_IMAGES", `${count} images, at most ${maxImages} a request are taken: send several requests.`);
}

function checkBytes(bytes: Uint8Array, { maxImageBytes }: Settings, name: string): Uint8Array {
  if (bytes.length === 0) refuse(422, "NOT_AN_IMAGE", `${name} is empty.`);
  if (bytes.length > maxImageBytes)
    refuse(413, "IMAGE_TOO_LARGE", `${name} has ${bytes.length} bytes, at most ${maxImageBytes} are taken.`);
  return bytes;
}

/** Not by the name of its file, which may be anything. */
export function nameOf(index: number, count: number): string {
  return count === 1 ? "The image" : `Image ${index + 1} of ${count}`;
}

function named(entries: Form["fields"]): Record<string, unknown> {
  const all = new Map<string, string>();
  for (const [name, value] of entries) {
    if (all.has(name)) givenTwice(name);
    all.set(name, value);
  }
  return Object.fromEntries(all);
}

function together(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const twice = Object.keys(b).find((name) => Object.hasOwn(a, name));
  if (twice !== undefined) givenTwice(twice);
  return { ...a, ...b };
}

function givenTwice(name: string): never {
  return refuse(422, "INVALID_OPTION", `The option ${JSON.stringify(name.slice(0, 50))} is given twice.`);
}
