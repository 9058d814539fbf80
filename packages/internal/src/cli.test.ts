import { describe, expect, it } from "vitest";
import { thrownBy } from "../test/thrown-by";
import { CliOutput, EXIT, fail, numberOptions, tellError } from "./index";

/** A command's output, and what was written, in order. */
function outputOf({ isTTY = false, columns }: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const controller = new AbortController();
  const stream = { write: (text: string) => written.push(text), isTTY, ...(columns !== undefined && { columns }) };
  return { output: new CliOutput({ stdout: stream, stderr: stream, signal: controller.signal }), written, controller };
}

describe("CliOutput", () => {
  it("takes progress off a terminal before it says something else, and spells control characters out", () => {
    const { output, written } = outputOf({ isTTY: true });
    output.progress("1 of 2");
    output.print("a\u001b[2Jb\nc");
    output.note("d");
    expect(written).toEqual(["\r\u001b[K1 of 2", "\r\u001b[K", "a\\x1b[2Jb\nc\n", "d\n"]);
  });

  it("shows no progress where nobody looks on", () => {
    const { output, written } = outputOf();
    output.progress("1 of 2");
    output.clear();
    expect(written).toEqual([]);
  });

  it.each([
    [undefined, 100],
    [20, 40],
    [90, 90],
    [300, 120],
  ])("of a terminal of %s columns it fills %i", (columns, width) => {
    expect(outputOf(columns === undefined ? {} : { columns }).output.width).toBe(width);
  });
});

describe("tellError", () => {
  const inWords = (message: string) => message.replace("option", "--option");

  it.each([
    [() => fail("FILE_CORRUPT", "a\n  b"), "error: FILE_CORRUPT: a b\n", EXIT.data],
    [() => fail("UNKNOWN_OPTION", "no option"), "error: UNKNOWN_OPTION: no --option\n", EXIT.usage],
    [() => fail("ABORTED", "stopped by others"), "error: ABORTED: stopped by others\n", EXIT.data],
    [() => JSON.parse("{"), /^error: .* \(unexpected: --debug shows where\)\n$/, EXIT.data],
  ])("case %#: says it in a line, and what the program ends with", (call, said, code) => {
    const { output, written } = outputOf();
    expect(tellError(thrownBy(call), output, inWords)).toBe(code);
    expect(written).toEqual([typeof said === "string" ? said : expect.stringMatching(said)]);
  });

  it("tells an interruption from an error", () => {
    const { output, written, controller } = outputOf();
    controller.abort(new Error("interrupted"));
    expect(tellError(controller.signal.reason, output, inWords)).toBe(EXIT.interrupted);
    expect(
      tellError(
        thrownBy(() => fail("ABORTED", "stopped")),
        output,
        inWords,
      ),
    ).toBe(EXIT.interrupted);
    expect(written).toEqual(["Stopped: interrupted\n", "Stopped: stopped\n"]);
  });
});

describe("numberOptions", () => {
  const { wholeNumber, decimal } = numberOptions(RangeError);

  it("makes numbers of texts", () => {
    expect(["0", "17"].map(wholeNumber)).toEqual([0, 17]);
    expect(["-1.5", " 2e3 ", ".5", "4."].map(decimal)).toEqual([-1.5, 2000, 0.5, 4]);
  });

  it.each(["", "-1", "1.5", "0x10", "1e3", "1".repeat(16)])("%j is no whole number", (text) => {
    expect(() => wholeNumber(text)).toThrow(new RangeError("It must be a whole number."));
  });

  it.each(["", " ", "0x10", "1e999", "NaN", "Infinity", "1,5"])("%j is no number", (text) => {
    expect(() => decimal(text)).toThrow(new RangeError("It must be a number."));
  });
});
