import { afterEach, describe, expect, it, vi } from "vitest";
import {
  addressBelow,
  classParts,
  crc32,
  detach,
  fnv1a,
  IMAGE_NAME,
  isRecord,
  mix,
  NOUN_ENDINGS,
  nextTask,
  plainName,
  shownUrl,
  withCaseOf,
} from "./index";
import { pause } from "./pause";

it("a path's parts that may say a class are its folders, the nearest first, and its name before the last _ or a number", () => {
  expect(classParts("EuroSAT/Bare Land/a_b_12.tif")).toEqual({ folders: ["Bare Land", "EuroSAT"], written: "a_b" });
  expect(["airport (12).jpg", "airport12.jpg", "airport-12", "12.jpg"].map((path) => classParts(path).written)).toEqual([
    ...Array(3).fill("airport"),
    "",
  ]);
  expect(classParts("airport.jpg")).toEqual({ folders: [], written: "airport" });
});

it("an image's name ends as those of the kinds that are decoded, in letters of any case", () => {
  const images = ["a.jpg", "b/c.JPEG", "a.b.png", "a.webp", "a.gif", "a.tif", "a.TIFF", "a.avif"];
  const others = ["jpg", "a.jpg.txt", "a.jpgx", "a.bmp", "a.jp2", "a.png/b"];
  expect([...images, ...others].filter((name) => IMAGE_NAME.test(name))).toEqual(images);
});

it("a mixture of two numbers is so far from the first one to the second", () => {
  expect([0, 0.25, 1].map((share) => mix(8, 4, share))).toEqual([8, 7, 4]);
  expect(mix(3, 3, 0.1)).toBe(3);
});

it("a record is an object of names and values", () => {
  expect([{}, Object.create(null), { a: 1 }].every(isRecord)).toBe(true);
  expect([null, undefined, [], "x", 1, () => 1].some(isRecord)).toBe(false);
});

it.each(["https://a.b/c?sig=1", "https://a.b/c#x?y", "https://a.b/c?x\ny"])("an address is shown without its parameters: %j", (url) => {
  expect(shownUrl(url)).toBe("https://a.b/c");
});

it("a plain name is the same for every spelling, in any script", () => {
  expect(["BareLand", "bare_land", "bare land", "(Bare-Land)"].map(plainName)).toEqual(Array(4).fill("bareland"));
  expect(["Été 2", "森林", "_"].map(plainName)).toEqual(["été2", "森林", ""]);
});

it("a pause ends in time, or with the signal, and leaves no listener", async () => {
  await pause(1, undefined);
  const controller = new AbortController();
  const paused = pause(1e6, controller.signal);
  controller.abort();
  await expect(paused).resolves.toBeUndefined();
});

describe("nextTask", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each(["Node", "browsers"])("lets what waits run first, as in %s", async (where) => {
    const order: string[] = [];
    const timer = new Promise((resolve) => setTimeout(resolve, 0)).then(() => order.push("timer"));
    if (where === "browsers") vi.stubGlobal("setImmediate", undefined);
    await Promise.all([nextTask().then(() => order.push("task")), Promise.resolve().then(() => order.push("microtask")), timer]);
    expect(order[0]).toBe("microtask");
    expect(order).toContain("task");
  });
});

it("a text's hash is FNV-1a", () => {
  expect(["", "a", "foobar"].map(fnv1a)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});

it("a checksum is CRC-32, of bytes that may come in pieces", () => {
  const bytes = new TextEncoder().encode("123456789"); // the check value of the catalogue of parametrised CRC algorithms
  expect(crc32(bytes)).toBe(0xcbf43926);
  expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
});

it("a file's address below a URL has each part encoded, and the parameters of a signed address", () => {
  expect(addressBelow(new URL("https://a.org/b/?key=1"), "c d/é?.png")).toBe("https://a.org/b/c%20d/%C3%A9%3F.png?key=1");
});

it("a word is detached by each rule whose ending it has, and a capital is kept", () => {
  expect(detach("churches", NOUN_ENDINGS)).toEqual(["churche", "church"]);
  expect([withCaseOf("Plane", "aircraft"), withCaseOf("plane", "Aircraft"), withCaseOf("", "a")]).toEqual(["Aircraft", "Aircraft", "a"]);
});
