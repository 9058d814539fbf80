/** What is read of WebGPU's `GPU`. */
export interface Gpu {
  requestAdapter(options?: { powerPreference?: "high-performance" }): Promise<Adapter | null>;
}

/** What is read of WebGPU's `GPUAdapter`; older browsers keep part of it elsewhere. */
export interface Adapter {
  readonly info?: AdapterInfo;
  readonly isFallbackAdapter?: boolean;
  requestAdapterInfo?(): Promise<AdapterInfo>;
}

/** WebGPU's `GPUAdapterInfo`; browsers leave fields empty that would identify a machine. */
export interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly device?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

/** Drivers that compute on the processor: SwiftShader (Chromium), lavapipe or llvmpipe (Mesa), WARP (Windows). */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b/i;

/** True for the name of a driver that draws without a graphics card. */
export function isSoftwareRenderer(name: string): boolean {
  return SOFTWARE.test(name);
}

/** How an adapter calls itself, and whether a graphics card stands behind it. */
export async function describeAdapter(adapter: Adapter): Promise<{ adapter: string; software: boolean }> {
  const info = adapter.info ?? (await adapter.requestAdapterInfo?.()) ?? {};
  const words = [info.vendor, info.architecture, info.device, info.description].filter(Boolean);
  const software = info.isFallbackAdapter === true || adapter.isFallbackAdapter === true || isSoftwareRenderer(words.join(" "));
  return { adapter: info.description || words.join(" ") || "unnamed adapter", software };
}
