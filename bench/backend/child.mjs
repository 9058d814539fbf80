// A process that times what it is told to, and waits otherwise.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts a command that answers each JSON line with one. `hello` is its first line. */
export async function startChild(command, args, env) {
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints = (complaints + chunk).slice(-4000);
  });
  const waiting = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    if (line.startsWith("{")) waiting.shift()?.resolve(JSON.parse(line)); // others are a library's chatter
  });
  child.on("error", (error) => {
    complaints += error.message;
  });
  child.on("close", (code) => {
    for (const { reject } of waiting) reject(new Error(`${command} ${args.join(" ")} ended with code ${code}: ${complaints}`));
    waiting.length = 0;
  });
  const answer = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const hello = await answer();
  const ask = (request) => {
    const next = answer();
    child.stdin.write(`${typeof request === "string" ? request : JSON.stringify(request)}\n`);
    return next;
  };
  const close = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("close", resolve);
      child.stdin.end();
    });
  return { hello, ask, close };
}

/** Starts processes, hands them over, and ends them whatever happens. */
export async function withChildren(starts, use) {
  const children = [];
  try {
    for (const start of starts) children.push(await start());
    return await use(...children);
  } finally {
    await Promise.all(children.map((child) => child.close()));
  }
}
