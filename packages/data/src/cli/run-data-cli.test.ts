import { expect, it } from "vitest";
import { cli } from "../../test/run-cli";
import { runDataCli } from "../node";

async function run(args: readonly string[], options = { name: "rsdix data", version: "1.2.3" }) {
  const said = { out: "", err: "" };
  const stream = (name: keyof typeof said) => ({
    write(text: string) {
      said[name] += text;
    },
  });
  const io = { stdout: stream("out"), stderr: stream("err"), signal: new AbortController().signal };
  return { code: await runDataCli(args, io, options), ...said };
}

it("is the command under another name: help says it, and all else is the same", async () => {
  for (const name of ["list", "describe", "verify", "convert", "patches"]) {
    const { code, out } = await run([name, "--help"]);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^Usage: rsdix data ${name} `));
    expect(out).toMatch(new RegExp(`\\nExample:\\n  \\$ rsdix data ${name}`));
    expect(out).not.toContain("rsdix-data");
  }
  expect((await run(["--help"])).out).toMatch(/^Usage: rsdix data /);
  for (const args of [["list"], ["describe", "ucmd"], ["verify", "rsicd", "/no/such/folder"], ["lost"], ["list", "--wide"], ["--version"]])
    expect(await run(args)).toEqual(await cli(args));
});

it("refuses what is no command line", async () => {
  await expect(run([5] as never)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("must be a list of texts"),
  });
  await expect(run([], { nam: "x", version: "1" } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
});
