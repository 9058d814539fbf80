import { unpickle } from "./pickle";
import { type PickleMeaning, tooLarge } from "./pickle-machine";
import { corrupt } from "./pickle-reader";
import { PickleGlobal, PickleObject } from "./pickle-values";
import { DTYPE_BYTES, describeTensor, TensorView, type TorchDtype, TorchStorage } from "./torch-tensor";

/** What each class of storage holds. */
const STORAGE_DTYPES: Readonly<Record<string, TorchDtype>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

/**
 * Modules that act on the machine or run code. Nothing of them is ever run here; a file that as much as names one is no checkpoint, and
 * whoever opens it elsewhere had better know.
 */
const REFUSED_MODULES = new Set(
  (
    "os posix nt posixpath ntpath sys subprocess pty shutil socket asyncio multiprocessing threading _thread signal importlib imp runpy " +
    "pkgutil pydoc code codeop commands ctypes cffi webbrowser pickle _pickle cPickle dill cloudpickle joblib shelve marshal timeit " +
    "trace pdb bdb cProfile profile doctest operator _operator gc io _io fileinput http urllib urllib2 ftplib smtplib telnetlib requests " +
    "httpx ensurepip pip setuptools distutils zipimport atexit venv types"
  ).split(" "),
);

/** What of Python's builtins is a plain value's class; eval, exec, getattr and the rest are refused. */
const BUILTINS = new Set("set frozenset list tuple dict int float bool str bytes bytearray complex slice range object".split(" "));

/** What protocol 2 writes for some of them: Python 2's names, and its module's. */
const PYTHON_2 = new Map([
  ["long", "int"],
  ["unicode", "str"],
  ["xrange", "range"],
]);

/** Functions, by PEP 8's spelling, that only make a value: kept as objects. Other functions are refused where they are called. */
const OPAQUE_FUNCTIONS = new Set([
  "numpy.core.multiarray.scalar",
  "numpy.core.multiarray._reconstruct",
  "numpy._core.multiarray.scalar",
  "numpy._core.multiarray._reconstruct",
  "numpy.dtype",
  "numpy.ndarray",
  "datetime.datetime",
  "datetime.date",
  "datetime.time",
  "datetime.timedelta",
  "datetime.timezone",
  "collections.deque",
  "functools.partial",
]);

/** Items that calls may copy in all: a list that is remembered can be named again and again, each time with a few bytes. */
const MAX_COPIED = 1_000_000;
/** The longest name of a class or function; torch's own stay under 60. */
const MAX_NAME = 512;

/** What an allowed call gives; `copy` is told how many items it copies. */
type Call = (args: readonly unknown[], copy: (items: number) => void) => unknown;

const rebuildParameter: Call = ([data]) => (data instanceof TensorView ? data : corrupt("a parameter that is no array"));
const rebuildTensor: Call = ([storage, offset, shape, strides, , , metadata]) => {
  // What is in the storage is then not what the array says: torch turns the sign, or the imaginary part's, when it is read.
  if (metadata instanceof Map && [...metadata.values()].some(Boolean)) {
    corrupt("an array that is a negated or conjugated view; save it after resolve_neg() and resolve_conj()");
  }
  return describeTensor(storage, offset, shape, strides);
};
const newSet: Call = ([items = []], copy) => {
  if (!Array.isArray(items)) corrupt("a set of what is no list");
  copy(items.length);
  return new Set(items);
};
const newDictionary: Call = ([pairs = []], copy) => {
  if (Array.isArray(pairs)) copy(pairs.length);
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
    corrupt("a dictionary of what are no pairs");
  return new Map(pairs as [unknown, unknown][]);
};

/** The calls that are understood: what each would give in Python, made here. */
const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["collections.OrderedDict", newDictionary],
  ["collections.defaultdict", () => new Map()], // of a factory that is only called for keys that are missing
  ["builtins.set", newSet],
  ["builtins.frozenset", newSet],
  ["torch.Size", ([sizes]) => (Array.isArray(sizes) ? sizes : corrupt("a size that is no tuple"))],
  [
    "torch.device",
    ([type, index]) =>
      typeof type !== "string" ? corrupt("a device without a name") : typeof index === "number" ? `${type}:${index}` : type,
  ],
  ["torch._utils._rebuild_tensor_v2", rebuildTensor],
  ["torch._utils._rebuild_tensor_v3", (args) => describeTensor(args[0], args[1], args[2], args[3], dtypeOf(args[6]))],
  ["torch._utils._rebuild_parameter", rebuildParameter],
  ["torch._utils._rebuild_parameter_with_state", rebuildParameter],
  ["torch._tensor._rebuild_from_type_v2", ([rebuild, , args], copy) => rebuiltFromType(rebuild, args, copy)],
  ["_codecs.encode", ([text, encoding], copy) => encoded(text, encoding, copy)], // how protocol 2 writes bytes
  ["copyreg._reconstructor", ([type]) => (type instanceof PickleGlobal ? new PickleObject(type, []) : corrupt("an object of no class"))],
]);

/**
 * Interprets the pickle of a torch checkpoint. Arrays become their descriptions, dictionaries, lists and plain values what they are, and
 * objects of other classes their name and state; a call of a function that isn't known to be harmless is an error that names it.
 *
 * @param sizeOf The bytes of a storage by its name, undefined where the archive hasn't one.
 */
export function unpickleTorch(bytes: Uint8Array, sizeOf: (key: string) => number | undefined): unknown {
  let copied = 0;
  const copy = (items: number) => {
    copied += items;
    if (copied > MAX_COPIED) tooLarge("items that calls copy", MAX_COPIED);
  };
  const meaning: PickleMeaning = {
    global: allowedGlobal,
    construct: (callee, args, how) => {
      const call = CALLS.get(callee.path);
      if (call) return call(args, copy);
      // In Python, NEWOBJ makes an object of a class without calling what it names, so it needs no more than a name either.
      const isClass = /^_*[A-Z]/.test(callee.name.slice(callee.name.lastIndexOf(".") + 1));
      if (how === "call" && !isClass && callee.module !== "builtins" && !OPAQUE_FUNCTIONS.has(callee.path)) {
        corrupt(
          `a call of ${callee.path}, which no state dict needs; nothing was run. Load it in Python where you trust it, and save its state_dict()`,
        );
      }
      return new PickleObject(callee, args);
    },
    persistent: (id) => storageOf(id, sizeOf),
  };
  return unpickle(bytes, meaning);
}

function allowedGlobal(module: string, name: string): PickleGlobal {
  if (module.length + name.length > MAX_NAME) corrupt(`a class whose name has ${module.length + name.length} letters`);
  const isPython2 = module === "__builtin__";
  const known = isPython2 ? "builtins" : module;
  const renamed = isPython2 ? (PYTHON_2.get(name) ?? name) : name;
  // A dotted name reaches through what it starts at: torch's serialization.os.system.
  const parts = [known.split(".")[0]!, ...name.split(".").slice(0, -1)];
  if (parts.some((part) => REFUSED_MODULES.has(part)) || (parts.includes("builtins") && !BUILTINS.has(renamed))) {
    corrupt(`${module}.${name} in it, which acts on the machine or runs code: the file is hostile. Nothing of it was run`);
  }
  return new PickleGlobal(known, renamed);
}

function storageOf(id: unknown, sizeOf: (key: string) => number | undefined): TorchStorage {
  if (!Array.isArray(id) || id.length !== 5 || id[0] !== "storage") corrupt("a reference out of it that is to no storage");
  const [, type, key, , length] = id as unknown[];
  if (!(type instanceof PickleGlobal) || typeof key !== "string") corrupt("a storage without a class and a name");
  const untyped = type.path === "torch.storage.UntypedStorage" || type.path === "torch.UntypedStorage";
  const dtype = type.module === "torch" && Object.hasOwn(STORAGE_DTYPES, type.name) ? STORAGE_DTYPES[type.name] : undefined;
  if (!dtype && !untyped) corrupt(`a ${type.path}; the numbers that can be read are ${Object.keys(DTYPE_BYTES).join(", ")}`);
  const bytes = sizeOf(key) ?? corrupt(`a storage "${key}" that the archive lacks`);
  const wanted = Number(length) * (dtype ? DTYPE_BYTES[dtype] : 1);
  if (bytes !== wanted) corrupt(`a storage "${key}" of ${wanted} bytes, which has ${bytes} in the archive`);
  return new TorchStorage(key, dtype, bytes);
}

function dtypeOf(value: unknown): TorchDtype {
  const name = value instanceof PickleGlobal && value.module === "torch" ? value.name : "";
  if (!Object.hasOwn(DTYPE_BYTES, name)) {
    const got = value instanceof PickleGlobal ? value.path : "no dtype";
    corrupt(`an array of ${got}; those that can be read are ${Object.keys(DTYPE_BYTES).join(", ")}`);
  }
  return name as TorchDtype;
}

/** An array of a subclass of torch.Tensor: the function that makes it must be one of those above, and gives an array. */
function rebuiltFromType(rebuild: unknown, args: unknown, copy: (items: number) => void): TensorView {
  const call = rebuild instanceof PickleGlobal && rebuild.path.startsWith("torch._utils._rebuild_") ? CALLS.get(rebuild.path) : undefined;
  if (!call || !Array.isArray(args)) corrupt("an array of a subclass that isn't made as arrays are");
  return call(args, copy) as TensorView;
}

function encoded(text: unknown, encoding: unknown, copy: (items: number) => void): Uint8Array {
  if (typeof text !== "string" || encoding !== "latin1") corrupt("bytes that aren't written as Latin-1 text");
  copy(text.length);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[i] = unit <= 0xff ? unit : corrupt("bytes that aren't written as Latin-1 text");
  }
  return bytes;
}
