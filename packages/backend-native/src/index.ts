export type { RsdixErrorCode } from "@rsdix/internal";
export { type NativeInfo, registerNativeBackend } from "./register";
