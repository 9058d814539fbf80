"""Event files of TensorBoard (tensorboard 2.21.0, protobuf 7.36.2).

Run: python golden/train_tensorboard.py           writes packages/train/src/fixtures/events.tfevents, with TensorBoard's own writer
     python golden/train_tensorboard.py FOLDER    prints as JSON what TensorBoard's own reader finds in a folder of event files
"""

import json
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog, SourceMetadata
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

FIXTURE = Path(__file__).resolve().parent.parent / "packages/train/src/fixtures/events.tfevents"


def scalars(**values):
    return Summary(value=[Summary.Value(tag=tag.replace("__", "/"), simple_value=value) for tag, value in values.items()])


EVENTS = [
    Event(wall_time=1700000000.25, file_version="brain.Event:2", source_metadata=SourceMetadata(writer="rsdix")),
    Event(wall_time=1700000001.5, step=1, session_log=SessionLog(status=SessionLog.START)),
    Event(wall_time=1700000002.125, step=1, summary=scalars(loss=2.5, loss__contrastive=1.25, gradientNorm=0.1)),
    Event(wall_time=1700000003, step=300, summary=scalars(loss=0.0, logs__größe=-3e-7)),
    Event(wall_time=1700000004, step=2**40, summary=scalars(loss=float("inf"), learningRate=1e-5)),
    Event(wall_time=1700000005, summary=scalars(**{f"n{i}": i / 3 for i in range(40)})),
]


def write():
    with FIXTURE.open("wb") as file:
        writer = RecordWriter(file)
        for event in EVENTS:
            writer.write(event.SerializeToString())


def read(folder):
    accumulator = EventAccumulator(folder, size_guidance={"scalars": 0})
    accumulator.Reload()
    return {tag: [[event.step, event.value] for event in accumulator.Scalars(tag)] for tag in accumulator.Tags()["scalars"]}


if len(sys.argv) > 1:
    print(json.dumps(read(sys.argv[1])))
else:
    write()
