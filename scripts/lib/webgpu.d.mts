/** The browser's program; undefined where none is found. */
export declare function findChromium(): string | undefined;
