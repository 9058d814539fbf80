import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { aliasFor } from "../vitest.workspace.ts";
import { publicPackages } from "./lib/workspace.mjs";

const resolved = (name, platform) => {
  const alias = aliasFor(platform).find(({ find }) => find.test(name));
  return alias && name.replace(alias.find, alias.replacement);
};

it.each(["node", "web"])("every import of a package's own is of a source when tests run, for %s", (platform) => {
  const imports = publicPackages().flatMap(({ manifest }) => Object.keys(manifest.imports ?? {}));
  expect(imports).toContain("#platform");
  for (const name of imports) {
    const path = resolved(name, platform);
    expect(path, name).toMatch(new RegExp(`/src/${name.slice(1)}-${platform}\\.ts$`));
    expect(existsSync(path), path).toBe(true);
  }
});
