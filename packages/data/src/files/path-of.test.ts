import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { webDataset } from "../webdataset/web-dataset";
import { openFiles } from "./open-files";
import { pathOf } from "./path-of";

it("takes paths as they are, the home folder, and addresses in any case", () => {
  expect(pathOf("a/b.tar")).toBe("a/b.tar");
  expect(pathOf("~/b.tar")).toBe(join(homedir(), "b.tar"));
  expect(pathOf("file:///a/b%20c.tar")).toBe("/a/b c.tar");
  expect(pathOf("FILE:///a/b.tar")).toBe("/a/b.tar");
});

describe("addresses that are no file's on this machine are refused with what to give", () => {
  const wrong = ["file://host/a.tar", "file:///a%2Fb.tar", "file:///a%00b.tar", "FILE://host/a.tar", "file:///%E0%A4%A.tar"];
  const refused = refusal("INVALID_ARGUMENT", /is no address of a file on this machine: .+\. Give a path/);
  it.each(wrong)("%s", async (source) => {
    expect(() => pathOf(source)).toThrow(refused);
    await expect(webDataset(source)).rejects.toMatchObject(refused);
    await expect(openFiles(source)).rejects.toMatchObject(refused);
  });
});
