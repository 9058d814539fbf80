import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext, Request as PageRequest } from "playwright-core";
import { FakeHub } from "../../../packages/models/test/fake-hub";
import { readIn, type World } from "./world";

/** The id that the hub has the tests' model under. */
export const HUB_ID = "someone/colours";

/**
 * Answers a page's requests of the hub with the tests' model. What `hold` takes isn't answered: it waits, or fails where `hold` says so.
 */
export async function routeHub(
  context: BrowserContext,
  world: World,
  hold: (request: PageRequest) => "hangs" | "fails" | undefined = () => undefined,
): Promise<FakeHub> {
  const from = join(world.model, "encoder");
  const names = await readdir(from);
  const contents = await Promise.all(names.map(async (name) => [name, await readIn(from)(name)] as const));
  const hub = await FakeHub.of(HUB_ID, Object.fromEntries(contents));
  hub.cdn = "https://huggingface.co";
  await context.route("https://huggingface.co/**", async (route) => {
    const request = route.request();
    const ask = (url: string) => hub.answer(new Request(url, { method: request.method(), headers: request.headers() }));
    let answer = await ask(request.url());
    const moved = answer.headers.get("Location"); // which can't be passed on here
    if (moved) answer = await ask(new URL(moved, request.url()).href);
    const held = hold(request);
    if (held === "fails") await route.abort("connectionreset");
    if (held) return;
    const headers = { ...Object.fromEntries(answer.headers), "access-control-allow-origin": "*", "access-control-expose-headers": "*" };
    await route.fulfill({ status: answer.status, headers, body: Buffer.from(await answer.arrayBuffer()) });
  });
  return hub;
}
