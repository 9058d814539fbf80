/** How files that come with the package, or that a user names, are read; `#assets` is the platform's. */
export interface AssetsPlatform {
  /** Where the packed WordNet lies. */
  readonly wordNetUrl: URL;
  /** Where the model of SPICE's caption parser lies. */
  readonly spiceParserUrl: URL;
  /**
   * The bytes of a file, as they arrive.
   *
   * @throws RsdixError FILE_NOT_FOUND, DOWNLOAD_FAILED; ABORTED while it is read as well
   */
  open(from: string | URL, signal: AbortSignal | undefined): Promise<ReadableStream<Uint8Array>>;
}
