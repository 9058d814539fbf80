/** What the service takes, and how long it waits. */
export interface Settings {
  /** The most images in a call of the model. */
  readonly maxBatch: number;
  /** How long, in milliseconds, an image waits for others to share a call with. */
  readonly maxWait: number;
  /** The most images that wait for the model. */
  readonly maxQueue: number;
  /** The most images of a request. */
  readonly maxImages: number;
  /** The most bytes of a request's body. */
  readonly maxBody: number;
  /** The most bytes of an image file, uploaded or fetched. */
  readonly maxImageBytes: number;
  /** The most pixels of an image. */
  readonly maxPixels: number;
  /** The most requests that are answered at a time. */
  readonly maxRequests: number;
  /** The most of them from one address; as many as there may be at all where a proxy is the only client. */
  readonly maxPerClient: number;
  /** The most beams that a request may ask for. */
  readonly maxBeams: number;
  /** How long, in milliseconds, an image's URL may take, redirects included. */
  readonly urlTimeout: number;
  /** How long, in milliseconds, a request's body may take to arrive. */
  readonly bodyTimeout: number;
  /** Fetch URLs of private, local and reserved addresses too. */
  readonly allowPrivate: boolean;
  /** Single addresses of that kind that are fetched from all the same, such as that of one's own store of images. */
  readonly allowAddress: readonly string[];
}

/** The longest time, in milliseconds, that a timer of Node takes, 24.8 days; it takes a longer one for 1 ms. */
export const LONGEST = 2 ** 31 - 1;

/** What holds unless told otherwise. */
export const DEFAULTS: Settings = {
  maxBatch: 8,
  maxWait: 10,
  maxQueue: 64,
  maxImages: 16,
  maxBody: 20_000_000,
  maxImageBytes: 10_000_000,
  maxPixels: 25_000_000,
  maxRequests: 64,
  maxPerClient: 64,
  maxBeams: 8,
  urlTimeout: 10_000,
  bodyTimeout: 30_000,
  allowPrivate: false,
  allowAddress: [],
};
