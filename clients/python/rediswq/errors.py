"""What a handler raises, why an item is lost, and how an error is told in words."""

from __future__ import annotations

import traceback
from typing import List, Set

from .log import cut

#: The longest time for which an item or a queue is put off, in seconds: 365 days.
LONGEST_DELAY = 31_536_000.0

#: Characters of an error that are kept.
_MOST = 2_000
_FRAMES = 10
_CAUSES = 5


class Unrecoverable(Exception):
    """Raised by a handler: this item will never work, so it is a dead letter at once.

    Example:
        raise Unrecoverable(f"{url} is gone")
    """


class RetryLater(Exception):
    """Raised by a handler: not now. The item is due again after so many seconds, and no attempt is charged.

    Args:
        seconds: until it is due again, from 0 to 365 days.
        why: for the log.

    Raises ValueError for a time that is none: the attempt fails then.

    Example:
        raise RetryLater(30, f"{job} is still rendering")
    """

    def __init__(self, seconds: float, why: str = "not now") -> None:
        check_delay("RetryLater", seconds)
        super().__init__(why)
        self.seconds = seconds


class LostReason(Exception):
    """Why `item.lost` was set."""


class ItemTimeoutError(LostReason):
    """The item runs for longer than the item timeout."""


class LeaseLostError(LostReason):
    """Another worker has the item now. Nothing this handler does is booked any more."""


class StoppedError(LostReason):
    """The worker has to stop, and the item goes back to the queue."""


class CancelledError(StoppedError):
    """The queue was cancelled. An item that does not end well now is dropped."""


def check_delay(who: str, seconds: object) -> None:
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if is_number and 0 <= seconds <= LONGEST_DELAY:  # type: ignore[operator]
        return
    raise ValueError(
        f"{who} was given {cut(repr(seconds), 100)}; allowed are seconds from 0 to {LONGEST_DELAY:.0f}, which is 365 days"
    )


def text_of(error: BaseException) -> str:
    """An error in words, with its causes."""
    texts: List[str] = []
    seen: Set[int] = set()
    at: object = error
    while isinstance(at, BaseException) and id(at) not in seen and len(texts) < _CAUSES:
        seen.add(id(at))
        texts.append(_head_of(at))
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
    return cut(", caused by ".join(texts), _MOST)


def _head_of(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:  # noqa: BLE001
        text = "an error that has no text"
    return f"{name}: {text}" if text else name


def frames_of(error: BaseException) -> List[str]:
    """Where in the handler's own code it was raised, innermost first."""
    frames = []
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_foreign(frame.filename):
            continue
        frames.append(f"at {frame.name} ({frame.filename}:{frame.lineno})")
    return frames[:_FRAMES]


def _is_foreign(file: str) -> bool:
    here = __file__.rpartition("/")[0]
    return file.startswith(here + "/") or "/site-packages/" in file or "/dist-packages/" in file or file.startswith("<")
