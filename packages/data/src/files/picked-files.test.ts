import { describe, expect, it } from "vitest";
import { openFiles } from "./open-files";

/** A file as a picked folder has it. */
function picked(path: string, content: string): File {
  const file = new File([content], path.slice(path.lastIndexOf("/") + 1));
  Object.defineProperty(file, "webkitRelativePath", { value: path });
  return file;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("picked files", () => {
  it("are named by the path below the picked folder", async () => {
    const files = await openFiles([picked("RSICD/images/a.jpg", "a"), picked("RSICD/dataset.json", "{}"), picked("RSICD/.DS_Store", "")]);
    expect(files.name).toBe("RSICD");
    expect(await files.names()).toEqual(["dataset.json", "images/a.jpg"]);
    expect(text(await files.read("images\\a.jpg"))).toBe("a");
    const pieces: string[] = [];
    for await (const piece of files.stream!("dataset.json", { start: 1 })) pieces.push(text(piece));
    expect(pieces.join("")).toBe("}");
  });

  it("may be picked one by one, and be one", async () => {
    const files = await openFiles([new File(["b"], "b.txt"), new File([], "a.txt")]);
    expect([files.name, ...(await files.names())]).toEqual(["2 picked files", "a.txt", "b.txt"]);
    expect(await files.read("a.txt")).toEqual(new Uint8Array());
    expect((await openFiles([new File(["b"], "b.txt")])).name).toBe("1 picked file");
  });

  it("of the same name are refused; none are, and what is no file", async () => {
    const refused = (source: unknown, message: string) =>
      expect(openFiles(source as File[])).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message });
    await refused(
      [new File(["b"], "b.txt"), new File(["c"], "b.txt")],
      'Two of the picked files are named "b.txt": pick one of them, or the folder that both are in.',
    );
    await refused([], "No file was picked: the list of files is empty.");
    await refused([new File([], "a"), 3], "What was picked must be a list of File objects, got 3 at 1.");
    await refused([new Blob([])], "What was picked must be a list of File objects, got [object Blob] at 0.");
  });

  it("that are gone, too large or asked for by another name are errors", async () => {
    const gone = new File(["x"], "gone.txt");
    gone.arrayBuffer = () => Promise.reject(new Error("the file was changed"));
    gone.slice = () => gone;
    const files = await openFiles([gone, new File(["12345"], "five.txt")]);
    await expect(files.read("gone.txt")).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: `"gone.txt" of 2 picked files can't be read any more (the file was changed). Pick it again.`,
    });
    await expect(files.read("five.txt", { maxBytes: 4 })).rejects.toMatchObject({ code: "FILE_TOO_LARGE" });
    await expect(files.read("six.txt")).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      message: 'There is no file "six.txt" in 2 picked files.',
    });
    await expect(files.read("five.txt", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await expect(files.read("five.txt", { maxBytes: -1 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("openFiles", () => {
  it("returns a store as it is, and refuses what is no source", async () => {
    const files = await openFiles([new File([], "a")]);
    expect(await openFiles(files)).toBe(files);
    for (const source of [undefined, null, 5, {}, new Map()]) {
      await expect(openFiles(source as never)).rejects.toMatchObject({
        code: "INVALID_ARGUMENT",
        message: expect.stringMatching(/^The source must be a path, an address, a zip file .*, got /),
      });
    }
    await expect(openFiles("")).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(/empty text/) });
    await expect(openFiles(files, { token: "x" } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    await expect(openFiles([new File([], "a")], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  });
});
