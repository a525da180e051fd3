"""How a worker process ends: exit codes, and what is said with them (docs/guarantees.md)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Optional

DRAINED = 0
UNEXPECTED = 1
DEAD_LETTERS = 80
CONFIGURATION = 81
DATA_LOST = 82
NEVER_FILLED = 83
STORE_UNREACHABLE = 84
HANDLER_HUNG = 85
FILL_INTERRUPTED = 86
INTERRUPTED = 130
TERMINATED = 143

#: Codes that the Job controller reads; nothing else may end a worker with one of them.
CONTRACT = frozenset(
    (
        DRAINED,
        DEAD_LETTERS,
        CONFIGURATION,
        DATA_LOST,
        NEVER_FILLED,
        STORE_UNREACHABLE,
        HANDLER_HUNG,
        FILL_INTERRUPTED,
        INTERRUPTED,
        TERMINATED,
    )
)

#: Kubernetes keeps so many bytes of a termination message.
_MESSAGE_BYTES = 4_096


@dataclass(frozen=True)
class Counts:
    """How a queue stands, in items, without its finalizer."""

    claimed: int
    done: int
    dead: int
    dropped: int
    finalizer_is_dead: bool = False


@dataclass
class Tally:
    """What one worker did, in items."""

    started: int = 0
    done: int = 0
    failed: int = 0
    dead: int = 0
    #: Items whose end counted for nothing, because another worker had them by then.
    stale: int = 0


class Ending(Exception):
    """The process ends, with an exit code of the contract."""

    def __init__(self, code: int, what: str, counts: Optional[Counts] = None, is_all: Optional[bool] = None) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.counts = counts
        #: Whether all items were handed out.
        self.is_all = code in (DRAINED, DEAD_LETTERS) if is_all is None else is_all


class ConfigurationError(Ending):
    """The configuration is wrong: an option, the environment, the password at the start, the protocol version."""

    def __init__(self, what: str) -> None:
        super().__init__(CONFIGURATION, what)


def ending_of_drained(counts: Counts, tolerate_dead_letters: bool) -> Ending:
    """What it means that the queue is drained."""
    if counts.dead > 0 and not tolerate_dead_letters:
        dead = "1 item is a dead letter" if counts.dead == 1 else f"{counts.dead} items are dead letters"
        return Ending(DEAD_LETTERS, f"Queue empty, but {dead}", counts)
    if counts.finalizer_is_dead:
        return Ending(DEAD_LETTERS, "Queue empty, but the finalizer is a dead letter", counts)
    return Ending(DRAINED, "Queue empty, all done", counts)


def summary_of(ending: Ending, tally: Tally, seconds: float) -> str:
    """The last line of a worker: how it ended, what it did, how the queue stands."""
    own = [f"{tally.done} done", counted(tally.failed, "failed attempt"), counted(tally.dead, "dead letter")]
    if tally.stale:
        own.append(f"{tally.stale} not counted, because another worker had them")
    text = f"{ending.what} (exit {ending.code}); this worker: {', '.join(own)} in {seconds:.1f} s"
    counts = ending.counts
    if counts is None:
        return text
    handed_out = "" if ending.is_all else " handed out"
    dropped = f", {counts.dropped} dropped" if counts.dropped else ""
    return f"{text}; queue: {counted(counts.claimed, 'item')}{handed_out}, {counts.done} done, {counts.dead} dead{dropped}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def write_termination_message(file: str, message: str) -> None:
    """Writes the termination message of the container, where there is such a file."""
    text = message.encode("utf-8", "replace")[:_MESSAGE_BYTES]
    try:
        is_kubernetes_own = file == "/dev/termination-log"
        fd = os.open(file, os.O_WRONLY | os.O_TRUNC | (0 if is_kubernetes_own else os.O_CREAT), 0o644)
        with os.fdopen(fd, "wb") as opened:
            opened.write(text)
    except OSError:
        pass  # Outside of a container there is nothing to write to.
