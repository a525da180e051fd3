"""What a handler is given: an item, and what it may say of it while it runs."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass
from typing import Any, Callable, Iterable, List, Optional, Union

from .errors import ItemTimeoutError, LostReason, check_delay
from .log import Log, cut
from .outcome import json_within

#: The most that a checkpoint may be, in bytes of its JSON.
_CHECKPOINT_BYTES = 65_536
#: The most that one attempt adds: items, and bytes of their payloads.
_MOST_ADDED = 1_000
_MOST_ADDED_BYTES = 524_288
#: Characters that are kept of what a handler says beside its progress.
_PROGRESS_TEXT = 200

Payload = Union[bytes, bytearray, memoryview, str]
Key = Union[str, Callable[[Any], str]]


@dataclass(frozen=True)
class FollowUp:
    """One item that enters the queue when the attempt that adds it is done."""

    payload: bytes
    front: bool
    #: Stands for its key.
    hash: bytes


class Lost(threading.Event):
    """Set once the handler should stop: the item takes too long, another worker has it, or the worker has to stop."""

    def __init__(self) -> None:
        super().__init__()
        #: Why: an ItemTimeoutError, LeaseLostError, StoppedError or CancelledError; None as long as it is not set.
        self.reason: Optional[LostReason] = None


class Notes:
    """What a handler noted of an item, and Redis does not know yet. The lock of the worker guards it."""

    def __init__(self, kept: int) -> None:
        self.checkpoint: Optional[bytes] = None
        self.progress: Optional[str] = None
        #: Bytes of the checkpoint that Redis has.
        self.kept = kept
        #: Whether Redis shows how far it is.
        self.shown = False
        self.told_at = float("-inf")

    @property
    def is_new(self) -> bool:
        return self.checkpoint is not None or self.progress is not None


class Item:
    """One delivery of an item to a handler."""

    def __init__(
        self,
        payload: bytes,
        item_id: int,
        attempt: int,
        postponed: int,
        token: str,
        resumed: Optional[str],
        log: Log,
        changed: threading.Condition,
        slow_down: Callable[[int], None],
    ) -> None:
        #: The payload, byte for byte.
        self.payload = payload
        #: Number of the item in its queue; the same in every attempt.
        self.id = item_id
        #: Which attempt this is, from 1.
        self.attempt = attempt
        #: How often its handler has put this item off before, by raising RetryLater.
        self.postponed = postponed
        #: Fencing token: it never repeats, and a later delivery of any item has a greater one; compare them as strings.
        self.token = token
        #: What an earlier attempt left by `checkpoint`; None where none left anything.
        self.resumed: Any = None if resumed is None else json.loads(resumed)
        #: Set once the handler should stop; `lost.reason` says why.
        self.lost = Lost()
        #: Writes to the worker's log: `item.log("resized", width=200)`, and `debug`, `info`, `warn` and `error`.
        self.log = log
        self._notes = Notes(len(resumed.encode()) if resumed is not None else 0)
        self._added: List[FollowUp] = []
        self._added_bytes = 0
        self._changed = changed
        self._slow_down = slow_down
        self._is_over = False

    @property
    def text(self) -> str:
        """The payload as text. Raises UnicodeDecodeError where it is not UTF-8, which is a failed attempt."""
        return self.payload.decode("utf-8")

    def json(self) -> Any:
        """The payload, read as JSON. Raises ValueError where it is none, which is a failed attempt."""
        return json.loads(self.payload)

    def checkpoint(self, value: Any) -> None:
        """Leaves a value for the next attempt at this item: JSON of at most 64 KiB, in place of the last one.

        Redis is told at most once a second, and when the attempt fails or the item is lost.
        Raises TypeError where the value has no JSON, or more.

        Example:
            item.checkpoint({"page": page + 1})
        """
        data = json_within(_CHECKPOINT_BYTES, "checkpoint", value, "leave its address")
        with self._changed:
            if not self._is_over:
                self._notes.checkpoint = data
                self._changed.notify_all()

    def progress(self, fraction: float, text: str = "") -> None:
        """Says how far the handler is, from 0 to 1, and in words of at most 200 characters, for `rwq status`.

        Raises ValueError where the fraction is no such number.

        Example:
            item.progress(page / pages, f"page {page} of {pages}")
        """
        is_number = isinstance(fraction, (int, float)) and not isinstance(fraction, bool)
        if not is_number or not 0 <= fraction <= 1:
            raise ValueError(f"progress was given {cut(repr(fraction), 100)}; allowed are numbers from 0 to 1")
        line = f"{round(fraction, 4):g} {str(text)[:_PROGRESS_TEXT]}"
        with self._changed:
            if not self._is_over:
                self._notes.progress = line
                self._changed.notify_all()

    def add(self, items: Iterable[Payload], key: Optional[Key] = None, front: bool = False) -> None:
        """Adds follow-up items: they enter the queue in the same step that books this item as done, never without it.

        Args:
            items: payloads, as text or bytes; at most 1,000 of 512 KiB in all for one attempt.
            key: what an item stands for; of all items with the same key, one enters the queue in its life. A text for
                one item, a function of the item for many.
            front: before everything that waits, in the given order, instead of behind it.

        Raises TypeError or ValueError; then none of these are added.

        Example:
            item.add(links, key=lambda url: url)
        """
        if isinstance(items, (str, bytes, bytearray, memoryview)) or not isinstance(items, Iterable):
            raise TypeError(f"add was given {cut(repr(items), 100)}: allowed is a list of items, such as add([item])")
        added: List[FollowUp] = []
        size = self._added_bytes
        for each in items:
            if isinstance(key, str) and added:
                raise TypeError(
                    "add was given one key for several items, and a key is for one item: give a function"
                )
            payload = payload_of(each, f"item {len(added)} that is added")
            digest = b"" if key is None else _hash_of(key if isinstance(key, str) else key(each))
            added.append(FollowUp(payload, front, digest))
            size += len(payload)
            if len(self._added) + len(added) > _MOST_ADDED:
                raise ValueError(
                    f"one item adds more than {_MOST_ADDED} items, and {_MOST_ADDED} are allowed: "
                    "add items that each add a part of them"
                )
            if size > _MOST_ADDED_BYTES:
                raise ValueError(
                    f"what one item adds is more than {_MOST_ADDED_BYTES} bytes, which are allowed: "
                    "add items that each add a part of it, or put the data into an object store, and add its name"
                )
        with self._changed:
            if self._is_over:
                raise RuntimeError("add was called after the attempt had ended: add items in the handler")
            self._added.extend(added)
            self._added_bytes = size

    def slow_down(self, seconds: float) -> None:
        """Nobody is handed anything of this queue for so many seconds, from when Redis hears of it, at once.

        What runs goes on. Does nothing to this item: raise RetryLater as well, where it is to come again.
        Raises ValueError for a time that is none.

        Example:
            item.slow_down(30)
        """
        check_delay("slow_down", seconds)
        self._slow_down(-int(-seconds * 1_000 // 1))

    # ---- for the worker, under its lock

    @property
    def follow_ups(self) -> List[FollowUp]:
        return self._added

    @property
    def notes(self) -> Notes:
        return self._notes

    def lose(self, reason: LostReason) -> None:
        if self.lost.is_set():
            return
        self.lost.reason = reason
        self.lost.set()
        # What is noted goes to Redis next, however little time has passed.
        self._notes.told_at = float("-inf")

    @property
    def timed_out(self) -> bool:
        return isinstance(self.lost.reason, ItemTimeoutError)

    def end(self) -> None:
        """The attempt has ended: whatever its handler still does, it leaves nothing more."""
        self._is_over = True


def payload_of(given: object, what: str) -> bytes:
    if isinstance(given, str):
        try:
            return given.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{what} has no UTF-8: it holds half of a surrogate pair") from error
    if isinstance(given, (bytes, bytearray, memoryview)):
        return bytes(given)
    raise TypeError(f"{what} is {cut(repr(given), 100)}; allowed are text and bytes, such as json.dumps(item)")


def _hash_of(key: object) -> bytes:
    if not isinstance(key, str):
        raise TypeError(f"the key of an item is {cut(repr(key), 100)}; allowed is a text")
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:16]
