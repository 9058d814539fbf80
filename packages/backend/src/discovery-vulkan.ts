/** What the search for a Vulkan driver reads of a machine. */
export interface VulkanHost {
  readonly platform: string;
  readonly env: Record<string, string | undefined>;
  /** Names in a folder; none where it does not exist. */
  list(folder: string): string[];
  /** Loads a shared library as the dynamic linker finds it; the error's message says whether it did. */
  open(library: string): void;
}

const LIBRARY = "libvulkan.so.1";

/**
 * False where Linux certainly has no Vulkan driver: no loader library, or no driver's manifest in the folders that it reads. Dawn finds that out too,
 * but prints warnings to stderr which nothing turns off.
 */
export function mayHaveVulkan(host: VulkanHost): boolean {
  return host.platform !== "linux" || (hasDriver(host) && hasLoader(host));
}

function hasLoader({ open }: VulkanHost): boolean {
  try {
    open(LIBRARY);
    return true;
  } catch (error) {
    return !/cannot open shared object|no such file|error loading shared library/i.test(String(error)); // it is found, but is no addon of Node's
  }
}

/** https://github.com/KhronosGroup/Vulkan-Loader/blob/main/docs/LoaderDriverInterface.md names variables and folders. */
function hasDriver({ env, list }: VulkanHost): boolean {
  if (["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"].some((name) => env[name])) return true;
  const home = env.HOME ?? "";
  const roots = [
    env.XDG_CONFIG_HOME || `${home}/.config`,
    env.XDG_CONFIG_DIRS || "/etc/xdg",
    "/usr/local/etc:/etc",
    env.XDG_DATA_HOME || `${home}/.local/share`,
    env.XDG_DATA_DIRS || "/usr/local/share:/usr/share",
    "/run/opengl-driver/share", // NixOS
  ];
  return roots
    .flatMap((root) => root.split(":"))
    .some((root) => root !== "" && list(`${root}/vulkan/icd.d`).some((file) => file.endsWith(".json")));
}
