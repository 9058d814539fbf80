import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { scratchFolder } from "../../../test/scratch-folder";

/** Why a test of Redis is skipped; undefined where there is one. */
export const noRedis = spawnSync("redis-server", ["--version"]).error
  ? "there is no redis-server here: apt-get install redis-server"
  : undefined;

/** A Redis of the test's own: on a free port of this machine, in a temporary folder, which forgets all when it is killed. */
export async function startRedis() {
  const folder = scratchFolder("file");
  const port = await freePort();
  let server: ChildProcess | undefined;
  const start = async () => {
    const flags = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
    const child = spawn("redis-server", flags, { stdio: ["ignore", "pipe", "inherit"] });
    server = child;
    for await (const text of child.stdout!) if (String(text).includes("Ready to accept")) break;
    child.stdout!.resume();
  };
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  };
  /** Has it answer nothing, though it takes connections, until it goes on. */
  const pause = () => void server!.kill("SIGSTOP");
  const goOn = () => void server!.kill("SIGCONT");
  await start();
  return { url: `redis://127.0.0.1:${port}`, start, kill, pause, goOn };
}

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
