/** The browser's flags for WebGPU and WebGL by software. */
export function softwareFlags(angle: string): string[];
/** The first way in which a page reads back what it drew with WebGPU; undefined where there is none. */
export function findAngle(executablePath: string, ways?: readonly string[]): Promise<string | undefined>;
