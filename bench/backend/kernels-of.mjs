/** Which kernels run on a backend; `elsewhere` is what is said of another one than the native. */
export async function kernelsOf(backend, elsewhere = backend) {
  if (backend !== "native") return elsewhere;
  const { isa, core, openblas } = await (await import("@rsdix/backend-native")).registerNativeBackend(); // what is registered already
  return `${openblas.split(" ").slice(0, 2).join(" ")} ${core}, ours ${isa}`;
}
