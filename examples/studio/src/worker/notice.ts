/** What the worker says of its own accord, such as that the graphics card was lost. */
export let notice: (text: string) => void = () => undefined;

/** Where notices go. */
export function setNotice(say: (text: string) => void): void {
  notice = say;
}
