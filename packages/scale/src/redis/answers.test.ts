import { getActiveResourcesInfo } from "node:process";
import type { Redis } from "ioredis";
import { expect, it } from "vitest";
import { answersIn, within } from "./answers";

it("a Redis whose connection is lost after it was asked answers nothing, in the time that it has", async () => {
  const lost = { status: "ready", ping: () => new Promise(() => {}) } as unknown as Redis; // kept for the next connection, which never comes
  expect(await answersIn(50, lost)).toBe(false);
});

it.each([
  ["answers", () => Promise.resolve("PONG"), true],
  ["refuses", () => Promise.reject(new Error("LOADING")), false],
] as const)("a Redis that %s is told from others, without a timer that goes on", async (_, ping, expected) => {
  const timers = () => getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  expect(await answersIn(60_000, { status: "ready", ping } as unknown as Redis)).toBe(expected);
  expect(timers()).toBe(before);
});

it("what has come while this process stood still is in time", async () => {
  await new Promise((resolve) => setImmediate(resolve)); // next are timers, then what a socket has received, then what is set now
  const coming = new Promise((resolve) => setImmediate(() => resolve("an answer")));
  const answer = within(1, coming);
  for (const end = performance.now() + 20; performance.now() < end; );
  expect(await answer).toBe("an answer");
  expect(await within(1, new Promise(() => {}))).toBeUndefined();
});
