import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { useAgent } from "request-filtering-agent";
import { refuse, ServiceError } from "./service-error";
import type { Settings } from "./settings";

const MAX_REDIRECTS = 3;
/** IPv4 addresses written as the end of IPv6 ones, in the way that was given up: `::127.0.0.1`. The agent takes them for public. */
const IPV4_COMPATIBLE = "::/96";

/** How many bytes may still be fetched for a request: all its images together take no more memory than uploaded ones. */
export interface Budget {
  left: number;
}

/**
 * Fetches an image that a client named. The addresses that names stand for are looked at when the connection is made, so that no name can
 * lead to a private network, not by a redirect and not by an answer of the DNS that changes.
 *
 * @param url what the client wrote
 * @param settings how much, how long, and from where
 * @param budget how much more for the whole request; what is fetched is taken from it
 * @param signal stops it
 * @returns the bytes
 */
export async function fetchImage(url: string, settings: Settings, budget: Budget, signal: AbortSignal): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(settings.urlTimeout);
  try {
    return await inTime(AbortSignal.any([signal, timeout]), (stop) => followed(url, settings, budget, stop));
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    signal.throwIfAborted();
    if (timeout.aborted) refuse(504, "URL_TIMEOUT", `${shown(url)} took longer than ${settings.urlTimeout} ms.`);
    const { message, code } = error as NodeJS.ErrnoException;
    if (/is not allowed/.test(message)) refuse(422, "URL_REFUSED", `${shown(url)} leads to a private or reserved address.`);
    return refuse(502, "URL_FAILED", `${shown(url)} can't be fetched (${code ?? message}).`);
  }
}

/** Ends with the signal, even where what is waited for doesn't hear it. */
async function inTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
    work(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", giveUp));
  });
}

async function followed(start: string, settings: Settings, budget: Budget, signal: AbortSignal): Promise<Uint8Array> {
  let url = checkedUrl(start, start);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await requested(url, settings, signal);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) return await bytesOf(answer, start, settings, budget);
    answer.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) {
      refuse(502, "URL_FAILED", `${shown(start)} answered with status ${statusCode}.`);
    }
    url = checkedUrl(headers.location, start, url);
  }
  return refuse(502, "URL_FAILED", `${shown(start)} redirects more than ${MAX_REDIRECTS} times.`);
}

function checkedUrl(text: string, start: string, base?: URL): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  const isWeb = url?.protocol === "http:" || url?.protocol === "https:";
  if (!url || !isWeb) refuse(422, "URL_REFUSED", `${shown(start)} is no address of the web, or leads to none: http: or https: is needed.`);
  if (url.username || url.password) refuse(422, "URL_REFUSED", `${shown(start)} has a user name or password, which aren't sent.`);
  return url;
}

function requested(url: URL, { allowPrivate, allowAddress }: Settings, signal: AbortSignal): Promise<IncomingMessage> {
  const agent = useAgent(url.href, {
    allowPrivateIPAddress: allowPrivate,
    allowMetaIPAddress: allowPrivate,
    allowIPAddressList: [...allowAddress],
    denyIPAddressList: allowPrivate ? [] : [IPV4_COMPATIBLE],
  });
  const headers = { accept: "image/*", "accept-encoding": "identity", "user-agent": "rsdix-caption-service" };
  const get = url.protocol === "https:" ? getHttps : getHttp;
  return new Promise((resolve, reject) => {
    get(url, { agent, headers, signal }, resolve)
      .on("error", reject)
      .on("upgrade", (answer, socket) => {
        socket.destroy(); // a protocol that nobody asked for; its status is refused
        resolve(answer);
      })
      .on("close", () => reject(new Error("the connection was closed before an answer"))); // does nothing after an answer
  });
}

async function bytesOf(answer: IncomingMessage, url: string, { maxImageBytes, maxBody }: Settings, budget: Budget): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const tooLarge = (code: string, message: string) => {
    answer.destroy();
    refuse(413, code, message);
  };
  const check = (size: number, more: number) => {
    if (size > maxImageBytes) tooLarge("IMAGE_TOO_LARGE", `${shown(url)} has more than ${maxImageBytes} bytes.`);
    if (more > budget.left) tooLarge("BODY_TOO_LARGE", `The images have more than ${maxBody} bytes together: send fewer, or smaller ones.`);
  };
  const announced = Number(answer.headers["content-length"] ?? 0);
  check(announced, announced);
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    check(size, part.length);
    budget.left -= part.length;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** A URL in a message: not the parameters, which may be secret, and not all of a long one. */
function shown(url: string): string {
  const plain = url.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//");
  return JSON.stringify(plain.length > 100 ? `${plain.slice(0, 100)}...` : plain);
}
