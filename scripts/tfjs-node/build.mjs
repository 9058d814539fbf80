// Builds @tensorflow/tfjs-node from source, against the C library that TensorFlow's Python wheel carries:
// the package's own install script downloads one from a CDN, which many machines cannot reach.
// node scripts/tfjs-node/build.mjs FOLDER   (README.md beside this file says what comes out and how it is used)
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments } from "../lib/arguments.mjs";
import { placeProblem } from "../lib/output.mjs";

const TFJS_NODE = "4.22.0";
const NODE_GYP = "11.2.0";
/** The oldest wheel on PyPI whose C library is a file of its own; up to 2.11 it is inside a Python extension and wants libpython. */
const TENSORFLOW = "2.12.0";
const WHEEL_SHA256 = "361b19b5a64bf611beccd22de1fc04f614a8c157ac99893d9702ed24932018d6";
/** What is taken out of the wheel: two libraries and the C headers with what they include. */
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];
const HEADERS = ["c/", "core/platform/", "tsl/c/", "tsl/platform/"].map((path) => `include/tensorflow/${path}`);
/** Any version of Node-API that Node 20 knows; tfjs-node looks for its addon in lib/napi-v8. */
const NODE_API = "8";

function run(command, args, cwd, environment = {}) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit", env: { ...process.env, ...environment } });
  if (error) stop(`${command} did not start (${error.message}): install it and run this again`);
  if (status !== 0) stop(`${command} ${args[0]} failed with exit code ${status}; its own words are above`);
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

/** The package without its install script, and the repository's own TensorFlow.js under it: two copies would register every kernel twice. */
function installPackage(folder) {
  rmSync(join(folder, "node_modules"), { recursive: true, force: true }); // npm must not write through links of an earlier run
  const manifest = { private: true, dependencies: { "@tensorflow/tfjs-node": TFJS_NODE, "node-gyp": NODE_GYP } };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder);
  const scope = join(folder, "node_modules/@tensorflow");
  const own = fileURLToPath(new URL("../../node_modules/@tensorflow", import.meta.url));
  for (const name of ["tfjs", "tfjs-core", "tfjs-data", "tfjs-layers", "tfjs-converter", "tfjs-backend-cpu", "tfjs-backend-webgl"]) {
    rmSync(join(scope, name), { recursive: true, force: true });
  }
  for (const name of ["tfjs", "tfjs-core"]) symlinkSync(join(own, name), join(scope, name), "dir");
  return join(scope, "tfjs-node");
}

/** The wheel's libraries and headers, where binding.gyp looks for libtensorflow. Needs no Python 3.10: the wheel is only unpacked. */
function fetchTensorflow(folder, deps) {
  const wheels = join(folder, "wheel");
  mkdirSync(wheels, { recursive: true });
  const requirements = join(wheels, "requirements.txt");
  writeFileSync(requirements, `tensorflow-cpu==${TENSORFLOW} --hash=sha256:${WHEEL_SHA256}\n`);
  const target = ["--python-version", "3.10", "--implementation", "cp", "--abi", "cp310", "--platform", "manylinux2014_x86_64"];
  const download = ["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", ...target, "-d", wheels, "-r", requirements];
  run("python3", download, folder);
  const unpack = `import glob, sys, zipfile
wheel = zipfile.ZipFile(glob.glob("tensorflow_cpu-*.whl")[0])
wanted = tuple("tensorflow/" + prefix for prefix in sys.argv[1:])
wheel.extractall(members=[name for name in wheel.namelist() if name.startswith(wanted)])`;
  run("python3", ["-c", unpack, ...LIBRARIES, ...HEADERS], wheels);
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  cpSync(join(wheels, "tensorflow/include"), join(deps, "include"), { recursive: true });
  for (const library of LIBRARIES) {
    renameSync(join(wheels, "tensorflow", library), join(deps, "lib", library));
  }
  symlinkSync("libtensorflow_cc.so.2", join(deps, "lib/libtensorflow.so")); // binding.gyp links -ltensorflow
  symlinkSync("libtensorflow_framework.so.2", join(deps, "lib/libtensorflow_framework.so"));
  rmSync(wheels, { recursive: true });
}

/** node-gyp takes Node's headers from this installation where they are there, else it downloads them from nodejs.org. */
function compile(folder, addon) {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
  const names = [
    "--module_name=tfjs_binding",
    `--module_path=${join(addon, "lib", `napi-v${NODE_API}`)}`,
    `--napi_build_version=${NODE_API}`,
  ];
  run(process.execPath, [join(folder, "node_modules/node-gyp/bin/node-gyp.js"), "rebuild", "--silent", ...headers, ...names], addon);
}

/** A product and a gradient in a process of their own. */
function check(addon) {
  const code = `const tf = require(${JSON.stringify(addon)});
const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
const gradient = tf.grad((a) => tf.sum(tf.matMul(a, a)))(x).dataSync();
if (String(gradient) !== "7,11,9,13") throw new Error("the gradient of sum(a·a) is " + gradient + ", expected 7,11,9,13");
console.log("tfjs-node " + tf.version["tfjs-node"] + " computes on " + tf.getBackend());`;
  run(process.execPath, ["-e", code], addon, { TF_CPP_MIN_LOG_LEVEL: "2" });
}

const { args } = readArguments("FOLDER   (created; outside the repository; 0.8 GB)", {
  most: 1,
  check: (_, [given]) => (given ? placeProblem(resolve(given), "folder") : "Say which folder the addon goes to."),
});
if (process.platform !== "linux" || process.arch !== "x64") {
  stop(`the wheel pinned here is for linux x64, this is ${process.platform} ${process.arch}: pin another wheel and its hash`);
}
const folder = resolve(args[0]);
mkdirSync(folder, { recursive: true });
const addon = installPackage(folder);
fetchTensorflow(folder, join(addon, "deps"));
compile(folder, addon);
check(addon);
console.log(
  `\nLoad it before anything else:\nNODE_OPTIONS=--require=${addon} TF_CPP_MIN_LOG_LEVEL=2 RSDIX_TEST_BACKENDS=tensorflow npx vitest run`,
);
