"""The numbers of each epoch for TensorBoard, where that is installed; it is not needed."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from colorize_cli.core.outputs import reported
from colorize_trainers.history import EpochRecord

if TYPE_CHECKING:
    from tensorboard.summary.writer.record_writer import RecordWriter

FILE_VERSION: Final = "brain.Event:2"
"""The version of the format, which TensorBoard expects in a file's first event."""


class EventLog(Protocol):
    """Who writes the numbers of an epoch."""

    def write(self, record: EpochRecord) -> None:
        """Write an epoch's scalars, at the epoch's number."""
        ...


@contextmanager
def event_log(folder: Path, *, after_epoch: int) -> Iterator[EventLog]:
    """Give a log of a run's epochs: a new file of events in its folder, or nothing at all.

    Epochs after `after_epoch` that earlier files hold were not kept: TensorBoard is told to drop
    them (`SessionLog.START`).
    """
    if find_spec("tensorboard") is None:
        yield _Silence()
        return
    with ExitStack() as stack:
        yield _EventFile(folder, after_epoch=after_epoch, stack=stack)


class _Silence:
    def write(self, record: EpochRecord) -> None:
        del record


class _EventFile:
    """TensorBoard's own record writer, without TensorFlow, which its higher ones would import.

    The file begins with the first epoch, so that sessions that end before leave none.
    """

    def __init__(self, folder: Path, *, after_epoch: int, stack: ExitStack) -> None:
        self._folder = folder
        self._after_epoch = after_epoch
        self._stack = stack
        self._records: RecordWriter | None = None

    def write(self, record: EpochRecord) -> None:
        from tensorboard.compat.proto import summary_pb2

        records = self._records = self._records or self._begin()
        values = [
            summary_pb2.Summary.Value(tag=tag, simple_value=value)
            for tag, value in scalars_of(record).items()
        ]
        _add(records, summary=summary_pb2.Summary(value=values), step=record.epoch)

    def _begin(self) -> "RecordWriter":
        from tensorboard.compat.proto import event_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter

        name = f"events.out.tfevents.{int(time.time())}.{platform.node()}.{os.getpid()}"
        path = self._folder / name
        with reported(path):
            records = RecordWriter(self._stack.enter_context(path.open("wb")))
        _add(records, file_version=FILE_VERSION)
        start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
        _add(records, session_log=start, step=self._after_epoch + 1)
        return records


def _add(records: "RecordWriter", **content: Any) -> None:
    from tensorboard.compat.proto import event_pb2

    event = event_pb2.Event(wall_time=time.time(), **content)
    records.write(event.SerializeToString())
    records.flush()


def scalars_of(record: EpochRecord) -> dict[str, float]:
    """Return an epoch's numbers by tag: `losses/...`, `test/...` and the two rates."""
    scalars = {f"losses/{name}": loss for name, loss in record.losses.items()}
    scalars |= {f"test/{name}": score for name, score in record.test.as_dict().items()}
    scalars["images_per_second"] = record.images_per_second
    if record.learning_rate is not None:
        scalars["learning_rate"] = record.learning_rate
    return scalars
