/** A file's path as a URL has it, each part encoded. */
export function encodedPath(file: string): string {
  return file.split("/").map(encodeURIComponent).join("/");
}

/** The address of a file below a URL that ends with "/"; the parameters of a signed address go with it. */
export function addressBelow(base: URL, file: string): string {
  const url = new URL(base);
  url.pathname += encodedPath(file);
  return url.href;
}
