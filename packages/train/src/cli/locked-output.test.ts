import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { saveTinyCaptioner } from "../../test/tiny-captioner";
import { tinyWorld } from "../../test/tiny-world";
import { whileLocked } from "../file-lock";

beforeAll(() => startBackend("cpu"));

describe("an interruption is heard while another process has the output", () => {
  it.each([
    ["caption", "captions.json", []],
    ["embed", "embeddings.jsonl", ["--format", "npy"]],
    ["embed", "embeddings.json", ["--format", "safetensors"]],
  ])("%s (%s)", async (name, locked, more) => {
    const folder = scratchFolder();
    const world = await tinyWorld(join(folder, "world"));
    const captioner = join(folder, "captioner");
    await saveTinyCaptioner(captioner, world.clip);
    const out = join(folder, "out");
    await mkdir(out);
    const [model, to] = name === "caption" ? [captioner, join(out, locked)] : [world.clip, out];
    const holder = new AbortController();
    const holding = whileLocked(join(out, locked), async () => void (await once(holder.signal, "abort")));
    const stop = new AbortController();
    const args = [name, "--accelerator", "cpu", "--model-pth", model, "--img-dir", world.images, "--out-path", to, ...more];
    const waits = new AbortController();
    const onErr = (text: string) => text.startsWith("Waiting for process") && waits.abort();
    const running = cli(args, { signal: stop.signal, onErr });
    await Promise.race([once(waits.signal, "abort"), running]);
    const stopped = performance.now();
    stop.abort(new Error("interrupted"));
    const { code, err } = await running;
    const told = /^Waiting for process \d+ on .*, which writes .*\nStopped: .*was not written, as process \d+ on /;
    expect({ code, err }).toEqual({ code: 130, err: expect.stringMatching(told) });
    expect(performance.now() - stopped).toBeLessThan(10_000);
    holder.abort();
    await holding;
  });
});
