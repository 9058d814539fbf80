/** The browser's program; undefined where none is found. */
export declare function findChromium(): string | undefined;
/** What tests in a browser say where they are left out. */
export declare const NO_CHROMIUM: string;
