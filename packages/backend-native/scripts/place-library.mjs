// OpenBLAS' library as it is shipped: without what only debuggers read.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { lastLine } from "./problem.mjs";

/** Puts the library beside the addon, smaller; a file that is the same already stays, since running processes have it mapped. */
export function placeLibrary(from, to, target) {
  const temporary = `${to}.${process.pid}.tmp`;
  writeFileSync(temporary, readFileSync(from));
  try {
    if (target.startsWith("linux")) stripLinux(temporary);
    if (target.startsWith("darwin") && process.platform === "darwin") stripMac(temporary);
  } catch (error) {
    writeFileSync(temporary, readFileSync(from)); // half done, perhaps
    console.error(`OpenBLAS' library stays as large as it came: ${lastLine(error)}`);
  }
  if (existsSync(to) && readFileSync(to).equals(readFileSync(temporary))) rmSync(temporary);
  else renameSync(temporary, to);
}

/** Symbols, and the tables for unwinding the stack, 8 % of the file: no exception ever passes through C and Fortran. */
function stripLinux(file) {
  const unwinding = [".eh_frame", ".eh_frame_hdr", ".comment", ".gnu.build.attributes"].map((section) => `--remove-section=${section}`);
  run(process.env.STRIP || "strip", ["--strip-all", ...unwinding, file]);
  forgetUnwinding(file);
}

function stripMac(file) {
  run("strip", ["-x", file]);
  run("codesign", ["--force", "--sign", "-", file]); // stripping breaks the signature
}

/** The header that pointed to the tables says so no more; a profiler or a crash report that looked for them would read past the file. */
function forgetUnwinding(file) {
  const PT_NULL = 0;
  const PT_GNU_EH_FRAME = 0x6474e550;
  const bytes = readFileSync(file);
  const [start, size, count] = [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  for (let at = start; at < start + size * count; at += size) {
    if (bytes.readUInt32LE(at) === PT_GNU_EH_FRAME) bytes.writeUInt32LE(PT_NULL, at);
  }
  writeFileSync(file, bytes);
}

function run(program, args) {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}
