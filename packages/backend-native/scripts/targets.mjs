// The platforms that there is an OpenBLAS for, and what is particular to each.

/**
 * By `<process.platform>-<process.arch>`: the wheel of scipy-openblas32 that has the library (hashes in openblas-requirements.txt), how npm calls
 * the platform, and the bytes that an installed package may take. OpenBLAS' library with the kernels of every processor is nearly all of it; the
 * compiled libraries for arm64 and macOS are larger than that for Linux.
 */
export const TARGETS = {
  "linux-x64": { wheel: "manylinux_2_28_x86_64", npm: { os: ["linux"], cpu: ["x64"], libc: ["glibc"] }, limit: 25_000_000 },
  "linux-arm64": { wheel: "manylinux_2_28_aarch64", npm: { os: ["linux"], cpu: ["arm64"], libc: ["glibc"] }, limit: 29_000_000 },
  "darwin-x64": { wheel: "macosx_10_14_x86_64", npm: { os: ["darwin"], cpu: ["x64"] }, limit: 28_000_000 },
  "darwin-arm64": { wheel: "macosx_11_0_arm64", npm: { os: ["darwin"], cpu: ["arm64"] }, limit: 25_000_000 },
  "win32-x64": { wheel: "win_amd64", npm: { os: ["win32"], cpu: ["x64"] }, limit: 25_000_000 },
  "win32-arm64": { wheel: "win_arm64", npm: { os: ["win32"], cpu: ["arm64"] }, limit: 25_000_000 },
}; // biome-ignore format: a table

/** Those that packages are published for; for the last one the addon can only be built from source. */
export const PUBLISHED = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];

/** The name of a platform's package. */
export function packageName(target) {
  return `@rsdix/backend-native-${target}`;
}
