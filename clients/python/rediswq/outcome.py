"""What becomes of an attempt: done with a result, tried again, put off, given back, or a dead letter."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from typing import Dict, Optional, Sequence, Union

from .errors import RetryLater, StoppedError, Unrecoverable, frames_of, text_of
from .log import cut

#: Characters of an error in the history of a dead letter.
_BRIEF = 200
#: The most that a result may be, in bytes of its JSON.
_RESULT_BYTES = 67_108_864
#: How long a handler may go on after its item's timeout until it counts as hung, in seconds.
HANG_GRACE = 5.0


@dataclass(frozen=True)
class Backoff:
    """How long a failed item waits for its next attempt.

    Args:
        base: delay after the first failure, in seconds; it doubles with each further one.
        longest: longest delay, in seconds.
    """

    base: float = 1.0
    longest: float = 300.0

    def __post_init__(self) -> None:
        for name in ("base", "longest"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
                raise ValueError(f"Backoff was given {name}={value!r}; allowed are seconds, 0 or more")

    def delay(self, attempt: int) -> int:
        """In ms, before the attempt that follows the given one; the upper half of it at random."""
        full: float = min(self.longest, self.base * 2.0 ** min(attempt - 1, 40)) * 1_000
        return round(full / 2 + random.random() * full / 2)


@dataclass(frozen=True)
class Done:
    #: JSON to keep.
    result: Optional[bytes] = None


@dataclass(frozen=True)
class Retry:
    delay: int
    failure: str
    words: str


@dataclass(frozen=True)
class Later:
    delay: int


@dataclass(frozen=True)
class Dead:
    header: str
    words: str


@dataclass(frozen=True)
class Back:
    pass


Outcome = Union[Done, Retry, Later, Dead, Back]


@dataclass(frozen=True)
class Attempt:
    """An attempt that ended, and what decides over what follows."""

    number: int
    most: int
    worker: str
    #: In ms.
    duration: int
    backoff: Backoff
    #: Why the item was lost, if it was.
    lost: Optional[BaseException] = None


def outcome_of_error(error: BaseException, attempt: Attempt) -> Outcome:
    if isinstance(error, RetryLater):
        return Later(-int(-error.seconds * 1_000 // 1))
    if isinstance(attempt.lost, StoppedError):
        return Back()
    return outcome_of_failure(text_of(error), frames_of(error), isinstance(error, Unrecoverable), attempt)


def outcome_of_failure(text: str, frames: Sequence[str], for_good: bool, attempt: Attempt) -> Outcome:
    known: Dict[str, object] = {
        "at": round(time.time() * 1_000),
        "worker": attempt.worker,
        "duration": attempt.duration,
    }
    line = " ".join(text.split())
    if attempt.number < attempt.most and not for_good:
        delay = attempt.backoff.delay(attempt.number)
        failure = json.dumps({"attempt": attempt.number, "error": cut(text, _BRIEF), **known})
        words = f"attempt {attempt.number} of {attempt.most} failed, the next one in {delay} ms: {line}"
        return Retry(delay, failure, words)
    stack = {"stack": cut("\n".join(frames), 2_000)} if frames else {}
    header = json.dumps({"reason": "handler", "attempts": attempt.number, "error": text, **stack, **known})
    attempts = "1 attempt" if attempt.number == 1 else f"{attempt.number} attempts"
    return Dead(header, f"dead letter (handler) after {attempts}: {line}")


def outcome_of_result(value: object, attempt: Attempt) -> Outcome:
    """The handler returned, and what it returned is kept; a value that has no JSON, or too much, is a failure."""
    try:
        return Done(json_within(_RESULT_BYTES, "result", value, "return its address"))
    except TypeError as error:
        return outcome_of_failure(text_of(error), [], False, attempt)


def outcome_of_hang(item_timeout: int, attempt: Attempt) -> Outcome:
    text = f"ItemTimeoutError: did not return {HANG_GRACE * 1_000:.0f} ms after its timeout of {item_timeout} ms"
    return outcome_of_failure(text, [], False, attempt)


def charge_of(item_id: int, outcome: Outcome) -> str:
    """What an item is charged with, for the script `abandon`."""
    if isinstance(outcome, Retry):
        return json.dumps({"retry": [[item_id, outcome.delay, outcome.failure]]})
    if isinstance(outcome, Dead):
        return json.dumps({"dead": [[item_id, outcome.header]]})
    return ""


def json_within(most: int, what: str, value: object, instead: str) -> bytes:
    """What a handler gives away, as JSON of at most so many bytes. Raises TypeError where it has none, or more."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        data = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the {what} cannot be written as JSON: {error}") from None
    if len(data) <= most:
        return data
    raise TypeError(
        f"the {what} is {len(data)} bytes of JSON, and {most} are allowed: store it elsewhere, and {instead}"
    )
