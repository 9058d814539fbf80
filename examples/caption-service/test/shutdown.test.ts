import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type ClientRequest, request } from "node:http";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startBackend } from "@rsdix/backend";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { metric, png } from "./serve";
import { saveTinyModels } from "./tiny-models";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const children: ChildProcess[] = [];
let model: string;
let file: Uint8Array;

beforeAll(async () => {
  if (!existsSync(MAIN)) throw new Error("The service is not built: run npm run build first.");
  await startBackend("cpu");
  model = await saveTinyModels(scratchFolder("file"));
  file = await png(1);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** The built service as a user runs it. */
function run(...args: string[]) {
  const before = args[0] === "--import" ? args.splice(0, 2) : [];
  const command = [...before, MAIN, "--backend", "wasm", "--port", "0", ...args];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const state = { output: "" };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (state.output += text));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, ended, output: () => state.output };
}

async function started(...args: string[]) {
  const service = run(...args, "--model", model);
  await vi.waitFor(() => expect(service.output()).toMatch(/ at http/), { timeout: 60_000 });
  return { ...service, url: /at (http\S+)/.exec(service.output())![1]! };
}

/** A request whose body has begun to be sent; `finish` sends the rest, and gives the answer. */
function beginning(url: string, agent?: Agent) {
  const headers = { "content-type": "image/png", "content-length": file.length };
  const sent: ClientRequest = request(`${url}/caption`, { method: "POST", headers, ...(agent && { agent }) });
  const answered = new Promise<{ status: number; body: string }>((resolve, reject) => {
    sent.on("error", reject).on("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode!, body }));
    });
  });
  answered.catch(() => {});
  sent.write(file.subarray(0, 20));
  return {
    finish: () => {
      sent.end(file.subarray(20));
      return answered;
    },
    answered,
  };
}

/** The same, once the service has begun to answer it. */
async function begun(url: string, agent?: Agent) {
  const open = beginning(url, agent);
  await expect.poll(() => metric(url, "requests_in_progress")).toBe(1);
  return open;
}

describe("the service as a process", () => {
  it("finishes what it has begun at SIGTERM, takes nothing more, leaves no tensor, and ends with 0", async () => {
    const { child, ended, output, url } = await started();
    const agent = new Agent({ keepAlive: true });
    const open = await begun(url, agent);
    child.kill("SIGTERM");
    await vi.waitFor(() => expect(output()).toMatch(/SIGTERM: finishing what is running/), 5000);
    await expect(fetch(`${url}/health`, { headers: { connection: "close" } }).then(({ status }) => status)).rejects.toThrow();
    const { status, body } = await open.finish();
    expect([status, JSON.parse(body)]).toEqual([200, { captions: [expect.any(String)] }]);
    expect(await ended).toBe(0);
    expect(output()).toMatch(/Stopped, 0 tensors left\.\n$/);
    agent.destroy();
  });

  it("ends at once at the second signal", async () => {
    const { child, ended, output, url } = await started();
    const open = await begun(url);
    child.kill("SIGTERM");
    await vi.waitFor(() => expect(output()).toMatch(/SIGTERM/), 5000);
    child.kill("SIGTERM");
    expect(await ended).toBe(143);
    await expect(open.answered).rejects.toThrow();
  });

  it("cuts off what takes longer than its grace", async () => {
    const { child, ended, output, url } = await started("--grace", "100");
    const open = await begun(url);
    child.kill("SIGINT");
    await expect(open.answered).rejects.toThrow();
    expect(await ended).toBe(0);
    expect(output()).toMatch(/0 tensors left/);
  });

  it("ends soon after its grace, and not with 0, where something does not end", async () => {
    const hangs = join(scratchFolder(), "hangs.mjs");
    writeFileSync(
      hangs,
      `import { createRequire } from "node:module";
       createRequire(${JSON.stringify(MAIN)})("sharp").prototype.toBuffer = () => new Promise(() => {});`,
    );
    const { child, ended, output, url } = await started("--import", pathToFileURL(hangs).href, "--grace", "100");
    const { finish } = await begun(url);
    const answered = finish();
    child.kill("SIGTERM");
    await expect(answered).rejects.toThrow();
    expect(await ended).toBe(1);
    expect(output()).toMatch(/\nError: what was cut off after the grace period does not end; it is left unfinished\.\n$/);
  });

  it("gives up a body that does not come", async () => {
    const { child, ended, url } = await started("--body-timeout", "300");
    // The answer itself says that it had begun: to look for it as one in progress would have to be done within those 300 ms.
    expect(await beginning(url).answered).toMatchObject({ status: 408 });
    await expect.poll(() => metric(url, "requests_in_progress")).toBe(0);
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("says what is wrong with its command line, its models and its port", async () => {
    const wrong = async (...args: string[]) => {
      const { ended, output } = run(...args);
      return [await ended, output()];
    };
    expect(await wrong()).toEqual([1, expect.stringMatching(/required option '--model <source>' not specified/)]);
    expect(await wrong("--model", model, "--max-batch", "0")).toEqual([1, expect.stringMatching(/It must be a whole number from 1\./)]);
    for (const text of ["0x10", "1e3"])
      expect(await wrong("--model", model, "--max-wait", text)).toEqual([1, expect.stringMatching(/It must be a whole number, 0 to/)]);
    for (const time of ["--max-wait", "--url-timeout", "--body-timeout", "--grace"])
      expect(await wrong("--model", model, time, "2147483648")).toEqual([
        1,
        expect.stringMatching(/It must be a whole number, [01] to 2147483647\./), // a timer takes more for 1 ms
      ]);
    expect(await wrong("--model", model, "--allow-address", "x")).toEqual([1, expect.stringMatching(/It must be an IP address\./)]);
    expect(await wrong("--model", "./nothing-here")).toEqual([
      1,
      expect.stringMatching(
        /^Error \(FILE_NOT_FOUND\): "\.\/nothing-here" is no file or folder\. It was looked for at \/.+\/nothing-here: give the whole path\.$/m,
      ),
    ]);
    const bare = join(scratchFolder(), "model");
    cpSync(model, bare, { recursive: true });
    rmSync(join(bare, "encoder"), { recursive: true });
    expect(await wrong("--model", bare)).toEqual([
      1,
      expect.stringMatching(
        /^Error \(MODEL_INCOMPLETE\): \S+ brings no image encoder: say which CLIP it was trained with, with --clip\.\n$/,
      ),
    ]);
    const { url } = await started();
    expect(await wrong("--model", model, "--port", new URL(url).port)).toEqual([1, expect.stringMatching(/^Error \(EADDRINUSE\): /)]);
  }, 300_000); // thirteen processes, one after the other
});
