import { PbfWriter } from "pbf";
import { maskedCrc32c } from "./crc32c";
import type { Scalar } from "./scalars";

/** One event of an event file: its time, its step, and one of what events hold. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  /** The file's first event says which version it is. */
  readonly fileVersion?: string;
  /** Who wrote the file, beside its version. */
  readonly writer?: string;
  /** Numbers of a step. */
  readonly scalars?: readonly Scalar[];
  /** A run goes on from here: TensorBoard forgets what it has of this step and later ones. */
  readonly restart?: boolean;
}

/** SessionLog.START. */
const START = 1;

/** An event as TensorBoard's protocol buffers have it (event.proto, summary.proto). */
export function encodeEvent({ wallTime, step, fileVersion, writer, scalars, restart }: TensorBoardEvent): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, wallTime);
  if (step) pbf.writeVarintField(2, step); // a zero is left out, as protocol buffers do
  if (fileVersion !== undefined) pbf.writeStringField(3, fileVersion);
  if (scalars) pbf.writeMessage(5, writeSummary, scalars);
  if (restart) pbf.writeMessage(7, (status: number, log: PbfWriter) => log.writeVarintField(1, status), START);
  if (writer !== undefined) pbf.writeMessage(10, (name: string, source: PbfWriter) => source.writeStringField(1, name), writer);
  return pbf.finish();
}

function writeSummary(scalars: readonly Scalar[], pbf: PbfWriter): void {
  for (const scalar of scalars) pbf.writeMessage(1, writeScalar, scalar);
}

function writeScalar([tag, value]: Scalar, pbf: PbfWriter): void {
  pbf.writeStringField(1, tag);
  pbf.writeFloatField(2, value);
}

/** A record of TensorFlow's record files: length, its checksum, content, its checksum. */
export function frameRecord(content: Uint8Array): Uint8Array {
  const record = new Uint8Array(content.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(content.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(content, 12);
  view.setUint32(12 + content.length, maskedCrc32c(content), true);
  return record;
}
