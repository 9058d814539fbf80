// The C++ compiler, and what it is told: one set of flags for GCC and Clang.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { lastLine, MissingTool } from "./problem.mjs";

/** The compiler for `target`: its command, with arguments where CXX has some, and what it says about itself. */
export function findCompiler(target) {
  const [program, ...args] = (process.env.CXX || (process.platform === "win32" ? "clang++" : "c++")).split(" ").filter(Boolean);
  let version;
  try {
    version = execFileSync(program, [...args, "--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new MissingTool(
      error.code === "ENOENT"
        ? `There is no C++ compiler: ${program} was not found. ${HOW_TO_GET_ONE[target.split("-")[0]] ?? "Install GCC or Clang"}, or name yours in CXX.`
        : `The C++ compiler ${program} does not run: ${lastLine(error)}`,
    );
  }
  // GCC for Windows keeps its stack aligned to 16 bytes and yet stores 32 at once (its bug 54412); Microsoft's knows neither our flags nor builtins.
  if (target.startsWith("win32") && (!/clang/i.test(version) || /windows-msvc/.test(version))) {
    throw new MissingTool(
      `On Windows the compiler must be clang++ for MinGW: that of MSYS2 (CLANG64) or llvm-mingw; ${program} is another. Name it in CXX.`,
    );
  }
  return { program, args, version };
}

const HOW_TO_GET_ONE = {
  linux: "Install g++ (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++)",
  darwin: "Run xcode-select --install",
  win32: "Install clang of MSYS2 (CLANG64) or llvm-mingw",
};

/** Flags of every source. No -ffast-math: NaN and infinity behave as in the stock cpu backend. */
export function compileFlags(target, { include, sanitize }) {
  const [platform] = target.split("-");
  return [
    "-std=c++17", "-O3", "-Wall", "-Wextra", "-Werror=return-type", "-fvisibility=hidden", "-DNAPI_VERSION=8",
    "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-fopenmp-simd", "-ffunction-sections", "-fdata-sections",
    ...(platform === "win32" ? [] : ["-fPIC", "-pthread"]),
    ...(platform === "darwin" ? ["-mmacosx-version-min=11.0"] : []),
    ...(sanitize ? ["-fsanitize=address", "-fno-omit-frame-pointer", "-g"] : []),
    ...include.flatMap((folder) => ["-isystem", folder]),
  ]; // biome-ignore format: flags read best in rows
}

// Nothing that csrc/isa.cc does not ask the processor for.
const AVX2 = ["-mavx2", "-mfma"];
const AVX512 = ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl"];

/** What each instruction set adds; the first is what every processor of the architecture has. */
export function instructionSets(target) {
  if (!target.endsWith("-x64")) return { baseline: [] };
  return {
    baseline: ["-march=x86-64-v2"],
    avx2: ["-march=x86-64-v2", "-mtune=haswell", ...AVX2],
    avx512: ["-march=x86-64-v2", "-mtune=skylake-avx512", ...AVX2, ...AVX512, "-mprefer-vector-width=512"],
  };
}

/** Flags that make objects and OpenBLAS the addon: what it needs beside the system comes with it, and it looks for OpenBLAS beside itself. */
export function linkFlags(target, { sanitize }) {
  const [platform] = target.split("-");
  const runtime = sanitize
    ? ["-fsanitize=address"]
    : ["-static-libstdc++", "-static-libgcc", "-Wl,--strip-all", "-Wl,--gc-sections", "-Wl,--exclude-libs,ALL"];
  // All symbols are looked up when it loads: an OpenBLAS that lacks one is an error then, and doesn't end the process later.
  if (platform === "linux") return ["-shared", "-pthread", "-Wl,-rpath,$ORIGIN", "-Wl,-z,now", ...runtime];
  if (platform === "darwin") {
    const rest = sanitize ? ["-fsanitize=address"] : ["-Wl,-dead_strip", "-Wl,-x"];
    return ["-shared", "-undefined", "dynamic_lookup", "-Wl,-rpath,@loader_path", "-mmacosx-version-min=11.0", ...rest];
  }
  return ["-shared", "-static", "-Wl,--gc-sections", "-Wl,--strip-all"];
}

/** Windows links against a list of what node.exe exports; elsewhere these functions are found when the addon loads. */
export function nodeLibraries(target, definitions, folder) {
  if (!target.startsWith("win32")) return [];
  const [dlltool, ...args] = (process.env.DLLTOOL || "llvm-dlltool").split(" ");
  const machine = target.endsWith("arm64") ? "arm64" : "i386:x86-64";
  return definitions.map((definition, i) => {
    const library = join(folder, `node-${i}.a`);
    mkdirSync(dirname(library), { recursive: true });
    try {
      execFileSync(dlltool, [...args, "-d", definition, "-D", "node.exe", "-l", library, "-m", machine], {
        stdio: ["ignore", "ignore", "pipe"],
      });
    } catch (error) {
      throw new MissingTool(`${dlltool}, which belongs to the compiler, does not run: ${lastLine(error)} Name yours in DLLTOOL.`);
    }
    return library;
  });
}
