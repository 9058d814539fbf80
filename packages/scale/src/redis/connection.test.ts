import { afterEach, expect, it, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
import { openOnRedis } from "./connection";

afterEach(() => vi.doUnmock("bullmq"));

it("says which packages a Redis needs where they aren't installed", async () => {
  vi.doMock("bullmq", () => {
    throw new Error("Cannot find package 'bullmq'");
  });
  const message = /needs the packages bullmq and ioredis: npm install bullmq ioredis$/;
  await expect(openOnRedis({ redis: "redis://127.0.0.1:1" }, () => undefined)).rejects.toEqual(refusal("MISSING_DEPENDENCY", message));
});

it("doesn't tell a password", async () => {
  const message = /^No Redis answers at redis:\/\/me:\*\*\*@127\.0\.0\.1:1: /;
  await expect(openOnRedis({ redis: "redis://me:secret@127.0.0.1:1" }, () => undefined)).rejects.toEqual(
    refusal("PROCESS_FAILED", message),
  );
});

it("refuses what can't be the name of a queue before it connects", async () => {
  for (const queue of ["a:b", ""]) {
    const message = /^queue must be a name without a colon, such as "rsdix", got "(a:b)?"\.$/;
    await expect(openOnRedis({ redis: "redis://127.0.0.1:1", queue }, () => undefined)).rejects.toEqual(
      refusal("INVALID_ARGUMENT", message),
    );
  }
});

it("refuses what is no database's number before it connects", async () => {
  for (const end of ["abc", "3x", "3/4"]) {
    const message = /^What follows the host in redis:.* must be a database's number/;
    await expect(openOnRedis({ redis: `redis://127.0.0.1:1/${end}` }, () => undefined)).rejects.toEqual(
      refusal("INVALID_ARGUMENT", message),
    );
  }
});
