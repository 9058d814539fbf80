import { breather } from "../breather";
import type { GivenFile } from "../protocol";
import type { App } from "./app";
import { h } from "./dom";
import type { Running } from "./task";

/** How long is looked at files, in milliseconds, before the page may answer. */
const LOOK_MS = 6;

/**
 * Has the browser ask the disk for the size and the date of each file. It does so once for each, and stands still for that long, one or two milliseconds: of a
 * folder of hundreds that were sent to the worker together, a second. It throws the signal's reason once it is stopped.
 */
export async function lookAt(files: readonly GivenFile[], { signal, progress }: Partial<Running> = {}): Promise<void> {
  const breathe = breather(signal, LOOK_MS);
  for (const [i, { path, file }] of files.entries()) {
    void file.size;
    if (await breathe()) progress?.({ what: path, done: i + 1, total: files.length });
  }
}

/** The files of an <input>, with their paths below the folder that was picked. */
function pickedFiles(input: HTMLInputElement): GivenFile[] {
  return [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** What was dropped, and what of it can't be read. */
interface Dropped {
  readonly files: GivenFile[];
  readonly unread: { readonly path: string; readonly reason: string }[];
}

/** What was dropped: files, and folders with all that is below them. A file that the system doesn't give out costs none of the others. */
export async function droppedFiles(items: DataTransferItemList): Promise<Dropped> {
  // Entries must be taken before the first await: the list is empty afterwards.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const unread: Dropped["unread"] = [];
  const files = (await Promise.all(entries.map((entry) => filesOf(entry, "", unread)))).flat();
  return { files, unread };
}

async function filesOf(entry: FileSystemEntry, folder: string, unread: Dropped["unread"]): Promise<GivenFile[]> {
  const path = folder ? `${folder}/${entry.name}` : entry.name;
  const found: GivenFile[] = [];
  try {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      return [{ path, file }];
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return found; // a folder comes a hundred entries at a time
      for (const each of some) found.push(...(await filesOf(each, path, unread)));
    }
  } catch (error) {
    unread.push({ path, reason: (error as Error).message });
    return found;
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
export function dropZone(app: App, element: HTMLElement, onFiles: (files: GivenFile[]) => void): void {
  const take = ({ files, unread }: Dropped) => {
    const [first] = unread;
    if (first)
      app.fail(
        new Error(
          `${unread.length} of the files and folders that were dropped can't be read, and are left out. The first: ${first.path} (${first.reason.replace(/\.$/, "")}). See whether you may read it, then pick or drop it again.`,
        ),
      );
    if (files.length > 0 || !first) onFiles(files);
  };
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
    if (items && [...items].some(({ kind }) => kind === "file")) void droppedFiles(items).then(take);
  });
}
