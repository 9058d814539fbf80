import { describe, expect, it } from "vitest";
import { mayHaveVulkan, type VulkanHost } from "./discovery-vulkan";

const found = () => {
  throw new Error("Module did not self-register: 'libvulkan.so.1'.");
};
const missing = () => {
  throw new Error("libvulkan.so.1: cannot open shared object file: No such file or directory");
};

/** A Linux machine with files in these folders. */
function linux(folders: Record<string, string[]>, rest: Partial<VulkanHost> = {}): VulkanHost {
  return { platform: "linux", env: {}, list: (folder) => folders[folder] ?? [], open: found, ...rest };
}

describe("mayHaveVulkan", () => {
  const driver = { "/usr/share/vulkan/icd.d": ["radeon_icd.x86_64.json"] };

  it("takes a loader and a driver", () => {
    expect(mayHaveVulkan(linux(driver))).toBe(true);
    expect(mayHaveVulkan(linux({ "/etc/vulkan/icd.d": ["nvidia_icd.json"] }))).toBe(true);
    expect(mayHaveVulkan(linux(driver, { open: () => {} }))).toBe(true);
  });

  it("sees that the loader, or every driver, is missing", () => {
    expect(mayHaveVulkan(linux(driver, { open: missing }))).toBe(false);
    expect(mayHaveVulkan(linux({}))).toBe(false);
    expect(mayHaveVulkan(linux({ "/usr/share/vulkan/icd.d": ["README"] }))).toBe(false);
    const musl = () => {
      throw new Error("Error loading shared library libvulkan.so.1: No such file or directory");
    };
    expect(mayHaveVulkan(linux(driver, { open: musl }))).toBe(false);
  });

  it("looks where the environment says", () => {
    expect(mayHaveVulkan(linux({}, { env: { VK_DRIVER_FILES: "/opt/icd.json" } }))).toBe(true);
    expect(mayHaveVulkan(linux({ "/b/vulkan/icd.d": ["x.json"] }, { env: { XDG_DATA_DIRS: "/a:/b" } }))).toBe(true);
    expect(mayHaveVulkan(linux({ "/users/me/.local/share/vulkan/icd.d": ["x.json"] }, { env: { HOME: "/users/me" } }))).toBe(true);
  });

  it("asks Dawn elsewhere, where drivers come with the system", () => {
    for (const platform of ["darwin", "win32"]) expect(mayHaveVulkan(linux({}, { platform, open: missing }))).toBe(true);
  });
});
