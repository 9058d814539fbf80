import type { GivenFile } from "../protocol";
import { h } from "./dom";

/** The files of an <input>, with their paths below the folder that was picked. */
function pickedFiles(input: HTMLInputElement): GivenFile[] {
  return [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** What was dropped: files, and folders with all that is below them. */
async function droppedFiles(items: DataTransferItemList): Promise<GivenFile[]> {
  // Entries must be taken before the first await: the list is empty afterwards.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return (await Promise.all(entries.map((entry) => filesOf(entry, "")))).flat();
}

async function filesOf(entry: FileSystemEntry, folder: string): Promise<GivenFile[]> {
  const path = folder ? `${folder}/${entry.name}` : entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: GivenFile[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found; // a folder comes a hundred entries at a time
    for (const each of some) found.push(...(await filesOf(each, path)));
  }
}

/** A button that opens the dialog of a hidden file input. */
export function fileButton(
  label: string,
  options: { folder?: boolean; multiple?: boolean; accept?: string },
  onFiles: (files: GivenFile[]) => void,
) {
  const { folder = false, multiple = false, accept } = options;
  const input = h("input", {
    type: "file",
    hidden: true,
    multiple,
    accept,
    webkitdirectory: folder,
    "aria-label": label,
    "data-for": label,
  });
  input.addEventListener("change", () => {
    const files = pickedFiles(input);
    input.value = ""; // the same again is a change too
    if (files.length > 0) onFiles(files);
  });
  return h("span", {}, h("button", { type: "button", onclick: () => input.click() }, label), input);
}

/** Makes an element take what is dropped on it. */
export function dropZone(element: HTMLElement, onFiles: (files: GivenFile[]) => void): void {
  const over = (on: boolean) => (event: DragEvent) => {
    event.preventDefault();
    element.classList.toggle("over", on);
  };
  element.addEventListener("dragover", over(true));
  element.addEventListener("dragleave", over(false));
  element.addEventListener("drop", (event) => {
    over(false)(event);
    // A folder may be empty, which is said; a text that is dropped is none of this.
    const { items } = event.dataTransfer ?? {};
    if (items && [...items].some(({ kind }) => kind === "file")) void droppedFiles(items).then(onFiles);
  });
}
