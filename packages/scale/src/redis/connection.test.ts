import { afterEach, expect, it, vi } from "vitest";
import { connectRedis } from "./connection";

afterEach(() => vi.doUnmock("bullmq"));

it("says which packages a Redis needs where they aren't installed", async () => {
  vi.doMock("bullmq", () => {
    throw new Error("Cannot find package 'bullmq'");
  });
  const message = expect.stringMatching(/needs the packages bullmq and ioredis: npm install bullmq ioredis$/);
  await expect(connectRedis("redis://127.0.0.1:1")).rejects.toEqual(expect.objectContaining({ code: "MISSING_DEPENDENCY", message }));
});

it("doesn't tell a password", async () => {
  const message = expect.stringMatching(/^No Redis answers at redis:\/\/me:\*\*\*@127\.0\.0\.1:1: /);
  await expect(connectRedis("redis://me:secret@127.0.0.1:1")).rejects.toEqual(expect.objectContaining({ code: "PROCESS_FAILED", message }));
});
