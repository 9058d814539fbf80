/** How files that come with the package, or that a user names, are read; `#assets` is the platform's. */
export interface AssetsPlatform {
  /** Where the packed WordNet lies. */
  readonly wordNetUrl: URL;
  /** Where the model of SPICE's caption parser lies. */
  readonly spiceParserUrl: URL;
  /**
   * A file that a user names.
   *
   * @throws RsdixError FILE_NOT_FOUND, DOWNLOAD_FAILED, INVALID_ARGUMENT, ABORTED
   */
  open(from: string | URL, signal: AbortSignal | undefined): Promise<Asset>;
}

/** A file that is read as it arrives. */
export interface Asset {
  readonly stream: ReadableStream<Uint8Array>;
  /** How many bytes it has, where that is known. */
  readonly size: number | undefined;
}
