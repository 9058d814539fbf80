/** The address of a file below a URL that ends with "/"; the parameters of a signed address go with it. */
export function addressBelow(base: URL, file: string): string {
  const url = new URL(base);
  url.pathname += file.split("/").map(encodeURIComponent).join("/");
  return url.href;
}
