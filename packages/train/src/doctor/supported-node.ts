/** What the manifest's `engines` say. */
export const SUPPORTED_NODE = "^20.19.0 || >=22.12.0";

/** Whether a version of Node, such as 20.19.0, is in that range. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
}
