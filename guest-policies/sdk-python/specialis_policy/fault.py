"""What is told to the author, and what a policy has not: a clock and chance."""

from __future__ import annotations

import datetime
import time
from typing import Any, NoReturn

from wit_world.imports import log as contract

# Bytes of a line of the log, and lines that one text takes at most.
_LINE = 512
_LINES = 16


def log(*words: Any) -> None:
    """Writes to the log of the author, which `specialis policy test` shows. Where an edition counts it reaches nobody."""
    for line in " ".join(str(word) for word in words).split("\n")[:_LINES]:
        contract.line(_short(line))


def _short(line: str) -> str:
    written = line.encode("utf-8", "replace")
    return written.decode() if len(written) <= _LINE else written[: _LINE - 3].decode("utf-8", "ignore") + "…"


def tell(error: BaseException) -> None:
    """Tells the author what went wrong, and where in the sources. What reads source files would ask for a file system."""
    frames = []
    frame = error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        if "specialis_policy" not in code.co_filename:
            frames.append(f"  at {code.co_name} (src/{code.co_filename.rpartition('/')[2]}:{frame.tb_lineno})")
        frame = frame.tb_next
    log("\n".join([f"{type(error).__name__}: {error}", *reversed(frames[-8:])]))


def _no_clock(*_: Any) -> NoReturn:
    raise RuntimeError("a policy reads no clock; take the day from `it.as_of`")


for _name in ["time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime", "sleep"]:
    setattr(time, _name, _no_clock)


class _Day(datetime.date):
    today = _no_clock


class _Moment(datetime.datetime):
    now = utcnow = today = _no_clock


datetime.date = _Day
datetime.datetime = _Moment
