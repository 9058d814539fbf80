import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PbfReader } from "pbf";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { runRecords, stepRecord, validationRecord } from "../../test/run-records";
import type { FitRecord } from "../fit/records";
import { crc32c } from "./crc32c";
import { encodeEvent, frameRecord, type TensorBoardEvent } from "./event-records";
import { scalarsOf } from "./scalars";
import { tensorBoardLogger } from "./tensorboard-logger";

/** Written by TensorBoard's own writer: golden/train_tensorboard.py. */
const GOLDEN = readFileSync(new URL("../fixtures/events.tfevents", import.meta.url));
const EVENTS: readonly TensorBoardEvent[] = [
  { wallTime: 1700000000.25, fileVersion: "brain.Event:2", writer: "rsdix" },
  { wallTime: 1700000001.5, step: 1, restart: true },
  {
    wallTime: 1700000002.125,
    step: 1,
    scalars: [
      ["loss", 2.5],
      ["loss/contrastive", 1.25],
      ["gradientNorm", 0.1],
    ],
  },
  {
    wallTime: 1700000003,
    step: 300,
    scalars: [
      ["loss", 0],
      ["logs/größe", -3e-7],
    ],
  },
  {
    wallTime: 1700000004,
    step: 2 ** 40,
    scalars: [
      ["loss", Number.POSITIVE_INFINITY],
      ["learningRate", 1e-5],
    ],
  },
  { wallTime: 1700000005, scalars: Array.from({ length: 40 }, (_, i) => [`n${i}`, i / 3] as const) },
];

const masked = (bytes: Uint8Array) => {
  const crc = BigInt(crc32c(bytes));
  return Number(((((crc >> 15n) | (crc << 17n)) & 0xffffffffn) + 0xa282ead8n) & 0xffffffffn);
};

/** The events of a file, every checksum looked at. */
function decode(file: Uint8Array): TensorBoardEvent[] {
  const events: TensorBoardEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const view = new DataView(file.buffer, file.byteOffset + at);
    const length = Number(view.getBigUint64(0, true));
    const content = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(8, true)).toBe(masked(file.subarray(at, at + 8)));
    expect(view.getUint32(12 + length, true)).toBe(masked(content));
    events.push(new PbfReader(content).readFields(readEvent, {} as TensorBoardEvent));
    at += 16 + length;
  }
  return events;
}

function readEvent(tag: number, event: { -readonly [K in keyof TensorBoardEvent]: TensorBoardEvent[K] }, pbf: PbfReader): void {
  if (tag === 1) event.wallTime = pbf.readDouble();
  if (tag === 2) event.step = pbf.readVarint(true);
  if (tag === 3) event.fileVersion = pbf.readString();
  if (tag === 5) event.scalars = pbf.readMessage(readSummary, [] as [string, number][]);
  if (tag === 7)
    event.restart = pbf.readMessage((field, log, inner) => void (field === 1 && log.push(inner.readVarint())), [] as number[])[0] === 1;
  if (tag === 10) event.writer = pbf.readMessage((_, names, inner) => void names.push(inner.readString()), [] as string[])[0]!;
}

function readSummary(tag: number, values: [string, number][], pbf: PbfReader): void {
  if (tag !== 1) return;
  const value: [string, number] = ["", Number.NaN];
  pbf.readMessage((field, into, inner) => {
    if (field === 1) into[0] = inner.readString();
    if (field === 2) into[1] = inner.readFloat();
  }, value);
  values.push(value);
}

const float32 = (event: TensorBoardEvent) =>
  event.scalars ? { ...event, scalars: event.scalars.map(([name, value]) => [name, Math.fround(value)]) } : event;

describe("event files", () => {
  it("have the checksum of RFC 3720, B.4", () => {
    const bytes = (make: (i: number) => number) => Uint8Array.from({ length: 32 }, (_, i) => make(i));
    expect(crc32c(bytes(() => 0))).toBe(0x8a9136aa);
    expect(crc32c(bytes(() => 255))).toBe(0x62a8ab43);
    expect(crc32c(bytes((i) => i))).toBe(0x46dd794e);
    expect(crc32c(bytes((i) => 31 - i))).toBe(0x113fdb5c);
  });

  it("are byte for byte what TensorBoard's writer makes of the same events", () => {
    expect(Buffer.concat(EVENTS.map((event) => frameRecord(encodeEvent(event)))).toString("hex")).toBe(GOLDEN.toString("hex"));
  });

  it("are read by the decoder of the tests as TensorBoard's file is", () => {
    expect(decode(GOLDEN)).toEqual(EVENTS.map(float32));
  });
});

describe("tensorBoardLogger", () => {
  const write = async (folder: string, records: readonly FitRecord[]) => {
    const logger = tensorBoardLogger(folder);
    for (const record of records) await logger.write(record);
    await logger.close();
  };

  it("writes a file for each run, which says where it goes on", async () => {
    const folder = join(scratchFolder(), "new");
    await write(folder, [runRecords(0, 2)[0]!, stepRecord(1), validationRecord(1), stepRecord(2, { gradientNorm: Number.NaN })]);
    await write(folder, runRecords(1, 3));
    const files = readdirSync(folder).sort();
    expect(files).toHaveLength(2);
    for (const file of files) expect(file).toMatch(/^events\.out\.tfevents\.\d{10}\.rsdix\.\d+\.\d+$/);
    const [first, second] = files.map((file) => decode(readFileSync(join(folder, file))).map(({ wallTime: _, ...event }) => event));
    const scalars = (record: Parameters<typeof scalarsOf>[0]) => scalarsOf(record).map(([name, value]) => [name, Math.fround(value)]);
    expect(first).toEqual([
      { fileVersion: "brain.Event:2", writer: "rsdix" },
      { step: 1, restart: true },
      { step: 1, scalars: scalars(stepRecord(1)) },
      { step: 1, scalars: scalars(validationRecord(1)) },
      { step: 2, scalars: scalars(stepRecord(2, { gradientNorm: Number.NaN })) },
    ]);
    expect(second![1]).toEqual({ step: 2, restart: true });
    expect(second!.map(({ step }) => step)).toEqual([undefined, 2, 2, 3]);
  });

  const python = process.env.RSDIX_TENSORBOARD;
  it.skipIf(!python)(
    "is read by TensorBoard, a resumed run without what it did twice (RSDIX_TENSORBOARD names a Python that has it)",
    async () => {
      const folder = scratchFolder();
      await write(folder, runRecords(0, 25, 30));
      await write(folder, runRecords(20, 30));
      const script = fileURLToPath(new URL("../../../../golden/train_tensorboard.py", import.meta.url));
      const found = JSON.parse(execFileSync(python!, [script, folder], { encoding: "utf8" }));
      const steps = Array.from({ length: 30 }, (_, i) => i + 1);
      expect(Object.keys(found)).toEqual(
        expect.arrayContaining(["loss", "loss/contrastive", "logs/accuracy", "validation/loss", "memory"]),
      );
      expect(found.loss).toEqual(steps.map((step) => [step, Math.fround(3 / step)]));
      expect(found["validation/loss"]).toEqual([10, 20, 30].map((step) => [step, Math.fround(2 / step)]));
    },
  );

  it("refuses a folder that it cannot make", () => {
    const file = fileURLToPath(new URL("../fixtures/events.tfevents", import.meta.url));
    expect(() => tensorBoardLogger(join(file, "below"))).toThrow(refusal("WRITE_FAILED"));
  });
});
