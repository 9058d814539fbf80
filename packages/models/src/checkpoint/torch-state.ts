import { fail, isRecord } from "@rsdix/internal";
import { listNames } from "./checkpoint";
import { PickleObject, toPlain } from "./pickle-values";
import { TensorView, TorchStorage } from "./torch-tensor";

/** Where programs put the state dict in what they save: Lightning, training scripts, DeepSpeed. */
const STATE_DICT_KEYS = ["state_dict", "model_state_dict", "model", "module"];

/** The arrays of what was saved, by name, and the names beside them that stand for something else (a number, text). */
export function stateDictOf(saved: unknown): { tensors: Map<string, TensorView>; skipped: string[] } {
  if (!(saved instanceof Map)) refuse(saved, "The checkpoint");
  const key = STATE_DICT_KEYS.find((name) => isNested(saved.get(name)));
  const state = key === undefined ? saved : saved.get(key);
  if (!(state instanceof Map)) refuse(state, `The checkpoint's "${key}"`);
  const tensors = new Map<string, TensorView>();
  const skipped: string[] = [];
  for (const [name, value] of state) {
    if (typeof name !== "string")
      fail("FILE_CORRUPT", `Not a usable torch checkpoint: an array's name is no text, but ${String(name).slice(0, 40)}.`);
    if (value instanceof TensorView) tensors.set(name, value);
    else if (value instanceof PickleObject) refuse(value, `"${name.slice(0, 200)}"`);
    else skipped.push(name);
  }
  if (tensors.size === 0 && skipped.length > 0) {
    fail(
      "CHECKPOINT_MISMATCH",
      `The checkpoint has no arrays at its top, nor below ${STATE_DICT_KEYS.join(", ")}. At its top are: ${listNames(skipped)}.`,
    );
  }
  return { tensors, skipped };
}

/** Options that Lightning keeps with a model (`save_hyperparameters`), as plain data; empty where there are none. */
export function hyperParametersOf(saved: unknown): Readonly<Record<string, unknown>> {
  const found = saved instanceof Map ? saved.get("hyper_parameters") : undefined;
  if (found === undefined || found === null) return {};
  const plain = toPlain(found, (value) => {
    if (value instanceof TensorView) return { class: "torch.Tensor", dtype: value.dtype, shape: [...value.shape] };
    return value instanceof TorchStorage ? { class: "torch.Storage" } : undefined;
  });
  if (isRecord(plain)) return plain;
  return fail("FILE_CORRUPT", "Not a usable torch checkpoint: its hyper_parameters aren't options by name.");
}

/** A state dict, or the object that somebody saved in its place; a tensor of that name is a parameter like others. */
function isNested(value: unknown): boolean {
  return value instanceof Map || value instanceof PickleObject;
}

function refuse(value: unknown, where: string): never {
  const advice = "save its state_dict() instead: torch.save(model.state_dict(), path)";
  if (value instanceof PickleObject) {
    fail("FILE_CORRUPT", `${where} is an object of the class ${value.type.path}, which only Python code can give a meaning; ${advice}.`);
  }
  fail("FILE_CORRUPT", `${where} isn't a dictionary of arrays by name; ${advice}.`);
}
