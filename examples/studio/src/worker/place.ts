let base = self.location.href;

/** Says where the page is, below which its files lie. */
export function setBase(url: string): void {
  base = url;
}

/** The address of a file that lies beside the page. */
export function beside(path: string): string {
  return new URL(path, base).href;
}
