export type { JavaOptions } from "./java/java-options";
export { type MeteorJavaOptions, type MeteorJavaResult, meteorJava } from "./java/meteor-java";
export { type SpiceJavaOptions, type SpiceJavaResult, spiceJava } from "./java/spice-java";
export type { SpiceJavaClass, SpiceJavaDetails } from "./java/spice-output";
export type { Progress, ProgressOptions } from "./progress";
