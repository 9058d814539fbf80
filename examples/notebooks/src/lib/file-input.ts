/** A button to choose a file, for `view`: its value is null until somebody does. */
export function fileInput(label: string, accept: string): HTMLElement & { value: File | null } {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", accept });
  const words = document.createElement("label");
  words.className = "file-input";
  words.append(label, " ", input);
  const element = Object.assign(words as HTMLElement, { value: null as File | null });
  input.addEventListener("change", () => {
    element.value = input.files?.[0] ?? null;
    element.dispatchEvent(new Event("input"));
  });
  return element;
}
