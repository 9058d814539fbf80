import { PickleMachine, type PickleMeaning, tooLarge } from "./pickle-machine";
import { corrupt, PickleReader } from "./pickle-reader";

/** The pickle of GPT-2 XL with its optimiser's state has under 1 MB; the arrays' numbers lie outside of it. */
export const MAX_PICKLE_BYTES = 16_000_000;
/** Torch writes about 60 an array: this is 33,000 arrays, where GPT-2 XL has 580. */
const MAX_OPCODES = 2_000_000;

/** Every opcode that is understood, by its byte: those of protocol 2 to 5 that need no registry and no buffers outside of the file. */
const OPCODES: Readonly<Record<number, (machine: PickleMachine) => void>> = {
  128: ({ reader }) => checkProtocol(reader.u8()),
  149: ({ reader }) => void reader.u64(), // FRAME, a hint for who reads a stream
  ...byLetter(".", (machine) => {
    machine.done = true;
  }),

  // Numbers, text, bytes.
  ...byLetter("N", (machine) => machine.push(null)),
  136: (machine) => machine.push(true),
  137: (machine) => machine.push(false),
  ...byLetter("J", (machine) => machine.push(machine.reader.i32())),
  ...byLetter("K", (machine) => machine.push(machine.reader.u8())),
  ...byLetter("M", (machine) => machine.push(machine.reader.u16())),
  138: (machine) => machine.push(machine.reader.integer(machine.reader.u8())),
  139: (machine) => machine.push(machine.reader.integer(machine.reader.signedLength())),
  ...byLetter("G", (machine) => machine.push(machine.reader.f64())),
  140: (machine) => machine.push(machine.reader.text(machine.reader.u8())),
  ...byLetter("X", (machine) => machine.push(machine.reader.text(machine.reader.u32()))),
  141: (machine) => machine.push(machine.reader.text(machine.reader.u64())),
  ...byLetter("U", (machine) => machine.push(machine.reader.latin1(machine.reader.u8()))),
  ...byLetter("T", (machine) => machine.push(machine.reader.latin1(machine.reader.signedLength()))),
  ...byLetter("C", (machine) => machine.pushContainer(machine.reader.bytes(machine.reader.u8()))),
  ...byLetter("B", (machine) => machine.pushContainer(machine.reader.bytes(machine.reader.u32()))),
  142: (machine) => machine.pushContainer(machine.reader.bytes(machine.reader.u64())),
  150: (machine) => machine.pushContainer(machine.reader.bytes(machine.reader.u64())), // BYTEARRAY8

  // The stack and the memo.
  ...byLetter("(", (machine) => machine.mark()),
  ...byLetter("0", (machine) => void machine.pop()),
  ...byLetter("1", (machine) => void machine.popToMark()),
  ...byLetter("2", (machine) => machine.push(machine.peek())),
  ...byLetter("q", (machine) => machine.remember(machine.reader.u8())),
  ...byLetter("r", (machine) => machine.remember(machine.reader.u32())),
  148: (machine) => machine.remember(),
  ...byLetter("h", (machine) => machine.recall(machine.reader.u8())),
  ...byLetter("j", (machine) => machine.recall(machine.reader.u32())),

  // Tuples, lists, dictionaries, sets.
  ...byLetter(")", (machine) => machine.pushContainer([])),
  133: (machine) => machine.pushContainer(machine.popMany(1)),
  134: (machine) => machine.pushContainer(machine.popMany(2)),
  135: (machine) => machine.pushContainer(machine.popMany(3)),
  ...byLetter("t", (machine) => machine.pushContainer(machine.popToMark())),
  ...byLetter("]", (machine) => machine.pushContainer([])),
  ...byLetter("a", (machine) => machine.append(machine.popMany(1))),
  ...byLetter("e", (machine) => machine.append(machine.popToMark())),
  ...byLetter("}", (machine) => machine.pushContainer(new Map())),
  ...byLetter("s", (machine) => machine.fill(machine.popMany(2))),
  ...byLetter("u", (machine) => machine.fill(machine.popToMark())),
  143: (machine) => machine.pushContainer(new Set()),
  144: (machine) => machine.addToSet(machine.popToMark()),
  145: (machine) => machine.pushContainer(new Set(machine.popToMark())),

  // What names a class or function, and what in Python would run it.
  ...byLetter("c", (machine) => machine.pushContainer(machine.global(machine.reader.line(), machine.reader.line()))),
  147: (machine) => {
    const [module, name] = machine.popMany(2);
    machine.pushContainer(machine.global(module, name));
  },
  ...byLetter("R", (machine) => {
    const [callee, args] = machine.popMany(2);
    machine.construct(callee, args, "call");
  }),
  129: (machine) => {
    const [type, args] = machine.popMany(2);
    machine.construct(type, args, "new");
  },
  146: (machine) => {
    const [type, args, named] = machine.popMany(3);
    machine.constructNamed(type, args, named);
  },
  ...byLetter("i", (machine) => {
    const type = machine.global(machine.reader.line(), machine.reader.line());
    machine.construct(type, machine.popToMark(), "call");
  }),
  ...byLetter("o", (machine) => {
    const [type, ...args] = machine.popToMark();
    machine.construct(type, args, "call");
  }),
  ...byLetter("b", (machine) => machine.build(machine.pop())),
  ...byLetter("Q", (machine) => machine.persistent(machine.pop())),
};

/**
 * Interprets a pickle of protocol 2 to 5 without running anything: a pickle is a program for a small stack machine that makes lists,
 * dictionaries, numbers and text, and whatever it wants from Python goes through `meaning`. Time and memory are linear in the pickle's
 * length, and bounded.
 *
 * @returns Dictionaries as Map, lists and tuples as arrays, sets as Set, bytes as Uint8Array, None as null, and what `meaning` gives.
 * @throws FILE_CORRUPT, or FILE_TOO_LARGE beyond the limits.
 *
 * Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py
 */
export function unpickle(bytes: Uint8Array, meaning: PickleMeaning): unknown {
  if (bytes.length > MAX_PICKLE_BYTES) tooLarge("bytes", MAX_PICKLE_BYTES);
  if (bytes.length > 0 && bytes[0] !== 0x80) corrupt("no protocol number at its start: it isn't of protocol 2 to 5");
  const machine = new PickleMachine(new PickleReader(bytes), meaning);
  for (let opcodes = 0; !machine.done; opcodes++) {
    if (opcodes >= MAX_OPCODES) tooLarge("opcodes", MAX_OPCODES);
    const opcode = machine.reader.u8();
    const run = OPCODES[opcode];
    if (!run) corrupt(`opcode ${opcode} before byte ${machine.reader.position}, which torch never writes`);
    run(machine);
  }
  return machine.result();
}

function byLetter(letter: string, run: (machine: PickleMachine) => void): Record<number, (machine: PickleMachine) => void> {
  return { [letter.charCodeAt(0)]: run };
}

function checkProtocol(protocol: number): void {
  if (protocol < 2 || protocol > 5) corrupt(`protocol ${protocol}, where 2 to 5 can be read`);
}
