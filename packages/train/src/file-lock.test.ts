import { once } from "node:events";
import { readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { whileLocked } from "./file-lock";

/** Ends of names whose next file takes a while to be removed. */
const slow = vi.hoisted(() => new Set<string>());
/** Hears of each look at a lock's state as it begins, before which the clock is read. */
const looks = vi.hoisted(() => new EventTarget());
/** Done once the time is set that was last told to be. */
const times = vi.hoisted(() => ({ set: Promise.resolve() }));
vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  const rm: typeof real.rm = async (...args) => {
    if ([...slow].some((end) => String(args[0]).endsWith(end) && slow.delete(end))) await wait(150);
    return real.rm(...args);
  };
  const stat = ((...args: Parameters<typeof real.stat>) => {
    looks.dispatchEvent(new Event("begun"));
    return real.stat(...args);
  }) as typeof real.stat;
  const utimes: typeof real.utimes = (...args) => {
    times.set = real.utimes(...args);
    return times.set;
  };
  return { ...real, rm, stat, utimes };
});

/** Until a look at the lock that begins from now on has led to what it leads to, as the next one begins; or until the waiting is over. */
async function looked(waiting: Promise<unknown>): Promise<void> {
  const twice = async () => {
    for (let look = 1; look <= 2; look++) await once(looks, "begun");
  };
  await Promise.race([twice(), waiting]);
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("lets one at a time change a file, also after a process that was killed, and leaves no lock", async () => {
  const folder = scratchFolder();
  const file = join(folder, "numbers");
  await writeFile(file, "0");
  const left = { pid: 2 ** 22 + 1, host: hostname(), id: "00000000-0000-0000-0000-000000000000" };
  await writeFile(`${file}.lock`, JSON.stringify(left)); // no process has this number
  const addOne = async () => {
    const before = Number(await readFile(file, "utf8"));
    await wait(2);
    await writeFile(file, String(before + 1));
  };
  await Promise.all(Array.from({ length: 8 }, () => whileLocked(file, addOne)));
  expect(await readFile(file, "utf8")).toBe("8");
  await expect(whileLocked(file, () => Promise.reject(new Error("full")))).rejects.toThrow("full");
  expect(await readdir(folder)).toEqual(["numbers"]);
});

it("is one lock for a file and for links to it, also before there is a file", async () => {
  const folder = scratchFolder();
  await symlink("numbers", join(folder, "link"));
  for (const isThere of [false, true]) {
    if (isThere) await writeFile(join(folder, "numbers"), "0");
    let inside = 0;
    const alone = async () => {
      expect(++inside).toBe(1);
      await wait(5);
      inside--;
    };
    await Promise.all(["link", "numbers", "link", "numbers"].map((name) => whileLocked(join(folder, name), alone)));
  }
});

it.each([
  ["just made", ".tmp"],
  ["just given back", ".lock"],
])("is one task's alone where it is %s on a slow disk", async (_, end) => {
  const file = join(scratchFolder(), "numbers");
  slow.add(end);
  let inside = 0;
  const alone = async () => {
    expect(++inside).toBe(1);
    await wait(200);
    inside--;
  };
  await Promise.all(Array.from({ length: 3 }, () => whileLocked(file, alone)));
  expect(slow.size).toBe(0);
});

it("is not waited for once a command was stopped, but for what is done by then", async () => {
  const file = join(scratchFolder(), "numbers");
  const stop = new AbortController();
  const holder = new AbortController();
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  let holding: Promise<void> | undefined;
  await new Promise<void>((has) => {
    holding = whileLocked(file, async () => {
      has();
      await once(holder.signal, "abort");
    });
  });
  const waiting = whileLocked(file, async () => 1, stop);
  const told = expect(waiting).rejects.toMatchObject({
    code: "ABORTED",
    message: expect.stringMatching(/numbers was not written, as process \d+/),
  });
  await looked(told);
  stop.abort(new Error("interrupted"));
  await looked(told);
  now += 600;
  await told;
  const last = whileLocked(file, async () => 2, stop); // what is done when a command is stopped
  await looked(last);
  holder.abort();
  expect(await last).toBe(2);
  await holding;
  expect(await whileLocked(file, async () => 3, stop)).toBe(3);
});

it("says where no lock can be made", async () => {
  const failing = whileLocked(join(scratchFolder(), "nowhere", "file"), async () => 1);
  await expect(failing).rejects.toMatchObject({ code: "WRITE_FAILED", message: expect.stringMatching(/can't be kept for this process/) });
});

it("is waited for while whoever has it goes on, which is said, and no longer than a minute after that", async () => {
  const file = join(scratchFolder(), "numbers");
  const lock = `${file}.lock`;
  await writeFile(lock, JSON.stringify({ pid: 1, host: "another-host", id: "00000000-0000-0000-0000-000000000000" }));
  let minutes = 0;
  vi.spyOn(performance, "now").mockImplementation(() => minutes * 60_000);
  const said: string[] = [];
  let outcome = "waits";
  const waiting = whileLocked(file, async () => 1, { onWait: (text) => said.push(text) }).catch((error: Error) => {
    outcome = error.message;
  });
  for (let sign = 1; sign <= 20; sign++) {
    await utimes(lock, sign, sign);
    await looked(waiting);
    minutes += 0.5;
  }
  await looked(waiting);
  expect(outcome).toBe("waits");
  minutes += 1;
  await waiting;
  expect(outcome).toMatch(
    /numbers is being written by process 1 on another-host, which has shown no sign for a minute\. .* remove .*\.lock/,
  );
  expect(said).toEqual([`Waiting for process 1 on another-host, which writes ${file}.`]);
});

it("shows that whoever has it goes on", async () => {
  const file = join(scratchFolder(), "numbers");
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const time = async () => (await stat(`${file}.lock`)).mtimeMs;
  await whileLocked(file, async () => {
    await utimes(`${file}.lock`, 1, 1);
    vi.advanceTimersByTime(6_000);
    await times.set;
    expect(Math.abs((await time()) - Date.now())).toBeLessThan(60_000);
    expect(vi.getTimerCount()).toBe(1);
  });
  expect(vi.getTimerCount()).toBe(0);
});
