/** An address without its parameters, which may be a signature that no log should have. */
export function shownUrl(url: string): string {
  return url.replace(/[?#].*$/s, "");
}
