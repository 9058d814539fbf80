import { once } from "node:events";
import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { scratchFolder } from "../test/scratch-folder";
import { whileLocked } from "./file-lock";

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

it("is not waited for once a command was stopped, but for what is done by then", async () => {
  const file = join(scratchFolder(), "numbers");
  const stop = new AbortController();
  const holder = new AbortController();
  const holding = whileLocked(file, async () => void (await once(holder.signal, "abort")));
  await wait(50);
  const begun = performance.now();
  const waiting = whileLocked(file, async () => 1, stop.signal);
  const told = expect(waiting).rejects.toMatchObject({
    code: "ABORTED",
    message: expect.stringMatching(/numbers was not written, as process \d+/),
  });
  await wait(100);
  stop.abort(new Error("interrupted"));
  await told;
  expect(performance.now() - begun).toBeLessThan(5_000); // of the minute that it is waited for otherwise
  const last = whileLocked(file, async () => 2, stop.signal); // what is done when a command is stopped
  setTimeout(() => holder.abort(), 100);
  expect(await last).toBe(2);
  await holding;
  expect(await whileLocked(file, async () => 3, stop.signal)).toBe(3);
});

it("says where no lock can be made", async () => {
  const failing = whileLocked(join(scratchFolder(), "nowhere", "file"), async () => 1);
  await expect(failing).rejects.toMatchObject({ code: "WRITE_FAILED", message: expect.stringMatching(/can't be kept for this process/) });
});
