"""What one incarnation holds, in the order in which it was handed out, and what is to be told of it.

The front is settled as soon as it has ended; what outlasts its neighbours is moved aside, so that they can be settled
without it. The lock of the worker guards it.
"""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass
from typing import Deque, Dict, List, Optional, Tuple

from .incarnation import Claim
from .item import Item
from .outcome import Back, Dead, Done, Later, Outcome, Retry

#: Redis is told what a handler notes of an item once in so many seconds.
_NOTES_EVERY = 1.0
#: Bytes and items that one exchange settles beyond its first item.
_BYTES = 1_048_576
_ITEMS = 1_000


@dataclass
class Entry:
    """One item in hand."""

    claim: Claim
    item: Item
    started: float
    outcome: Optional[Outcome] = None
    #: Moved out of the held list.
    aside: bool = False
    #: Its incarnation was given up: what it comes to counts for nothing.
    is_stale: bool = False
    #: Its end was told, and Redis had no room for what it adds; not before then is it told again.
    not_before: float = 0.0

    @property
    def size(self) -> int:
        size = len(self.claim.payload) + self.item.notes.kept + len(self.item.notes.checkpoint or b"")
        if isinstance(self.outcome, Done):
            size += len(self.outcome.result or b"") + 2 * sum(len(each.payload) for each in self.item.follow_ups)
        return size


class Hand:
    def __init__(self) -> None:
        self._front: Deque[Entry] = deque()
        self._aside: Dict[int, Entry] = {}
        #: Ends of the last exchange that add items.
        self._adding: List[Entry] = []
        #: The last exchange had no room for all that had ended.
        self.is_behind = False

    @property
    def entries(self) -> List[Entry]:
        return [*self._aside.values(), *self._front]

    @property
    def running(self) -> List[Entry]:
        return [entry for entry in self.entries if entry.outcome is None]

    @property
    def is_empty(self) -> bool:
        return not self._front and not self._aside

    def is_unsettled(self, now: float) -> bool:
        return any(entry.outcome is not None and entry.not_before <= now for entry in self.entries)

    def next_refused(self) -> Optional[float]:
        """When what Redis had no room for is told again."""
        times = [entry.not_before for entry in self._aside.values() if entry.outcome is not None]
        return min(times) if times else None

    def adopt(self, entry: Entry) -> None:
        self._front.append(entry)

    def notes_due(self) -> Optional[float]:
        """When Redis is to hear of what handlers noted."""
        notes = [entry.item.notes for entry in self.running if entry.item.notes.is_new]
        return min(note.told_at + _NOTES_EVERY for note in notes) if notes else None

    def settle(self, slow: int, is_last: bool = False) -> Tuple[int, bytes]:
        """How many items leave the front of the held list, and the outcomes; it counts as told."""
        now = time.monotonic()
        told = _Told()
        self._adding = []
        self.is_behind = False
        advance = self._settle_front(told)
        for entry in list(self._aside.values()):
            if entry.outcome is None or (entry.not_before > now and not is_last):
                continue
            if not told.has_room(entry):
                self.is_behind = True
                break
            told.end(entry, -1)
            self._noted_end(entry)
            if not entry.item.follow_ups:
                del self._aside[entry.claim.id]
        self._tell_notes(told, now, is_last)
        return advance, told.text(slow)

    def _settle_front(self, told: _Told) -> int:
        advance = 0
        while any(entry.outcome is not None for entry in self._front):
            entry = self._front[0]
            if entry.outcome is not None and not told.has_room(entry):
                self.is_behind = True
                break
            self._front.popleft()
            advance += 1
            if entry.outcome is None:
                entry.aside = True
                self._aside[entry.claim.id] = entry
                told.keep(entry)
            else:
                told.end(entry, entry.claim.position)
                self._noted_end(entry)
        return advance

    def _noted_end(self, entry: Entry) -> None:
        if isinstance(entry.outcome, Done) and entry.item.follow_ups:
            self._adding.append(entry)

    def _tell_notes(self, told: _Told, now: float, is_last: bool) -> None:
        for entry in self.running:
            notes = entry.item.notes
            if notes.is_new and (is_last or now - notes.told_at >= _NOTES_EVERY):
                if not told.note(entry):
                    break
                notes.told_at = now

    def answered(self, is_full: bool, again_in: float) -> int:
        """Redis has answered; where it had no room for what items add, these are still in hand. Returns how many."""
        adding, self._adding = self._adding, []
        for entry in adding:
            if is_full:
                entry.aside = True
                entry.not_before = time.monotonic() + again_in
                self._aside[entry.claim.id] = entry
            else:
                self._aside.pop(entry.claim.id, None)
        return len(adding) if is_full else 0

    def clear(self) -> List[Entry]:
        """Nothing of it is ours any more. Returns what still runs."""
        running = self.running
        for entry in self.entries:
            entry.is_stale = True
        self._front.clear()
        self._aside.clear()
        self._adding = []
        return running


class _Told:
    """The outcomes of one exchange (docs/protocol.md, "exchange")."""

    def __init__(self) -> None:
        self._members: Dict[str, List[object]] = {}
        self._results: List[bytes] = []
        self._added: List[bytes] = []
        self._checkpoints: List[bytes] = []
        self._bytes = 0
        self._items = 0

    def has_room(self, entry: Entry) -> bool:
        """The first item always fits."""
        if self._items == 0:
            return True
        items = 1 + len(entry.item.follow_ups)
        return self._bytes + entry.size <= _BYTES and self._items + items <= _ITEMS

    def keep(self, entry: Entry) -> None:
        self._tell("keep", [entry.claim.id, entry.claim.position])

    def end(self, entry: Entry, position: int) -> None:
        item_id, outcome, notes = entry.claim.id, entry.outcome, entry.item.notes
        self._bytes += entry.size
        self._items += 1
        is_done = isinstance(outcome, Done)
        if is_done and entry.claim.charged:
            self._tell("forget", item_id)
        if notes.shown:
            self._tell("progress", [item_id])
        if is_done and notes.kept > 0:
            self._tell("checkpoint", [item_id])
        elif not is_done and not isinstance(outcome, Dead) and notes.checkpoint is not None:
            self._leave(item_id, notes.checkpoint)
        if isinstance(outcome, Done):
            self._done(entry, outcome, position)
        elif isinstance(outcome, Retry):
            self._tell("retry", [item_id, position, outcome.delay, outcome.failure])
        elif isinstance(outcome, Later):
            self._tell("later", [item_id, position, outcome.delay])
        elif isinstance(outcome, Dead):
            self._tell("dead", [item_id, position, outcome.header])
        elif isinstance(outcome, Back):
            self._tell("back", [item_id, position])

    def _done(self, entry: Entry, outcome: Done, position: int) -> None:
        item_id, added = entry.claim.id, entry.item.follow_ups
        if outcome.result is not None:
            self._tell("results", [item_id, position, len(outcome.result)])
            self._results.append(outcome.result)
        if added:
            self._items += len(added)
            entries = [[int(each.front), len(each.payload), int(bool(each.hash))] for each in added]
            self._tell("add", [item_id, position, entries])
            self._added.extend(each.hash + each.payload for each in added)
        if position < 0 and outcome.result is None and not added:
            self._tell("done", item_id)

    def note(self, entry: Entry) -> bool:
        """Tells what the handler of an item that runs has noted, if there is room."""
        notes = entry.item.notes
        size = len(notes.checkpoint or b"") + notes.kept
        if self._items > 0 and self._bytes + size > _BYTES:
            return False
        self._items += 1
        self._bytes += size
        if notes.checkpoint is not None:
            self._leave(entry.claim.id, notes.checkpoint)
            notes.kept, notes.checkpoint = len(notes.checkpoint), None
        if notes.progress is not None:
            self._tell("progress", [entry.claim.id, notes.progress])
            notes.shown, notes.progress = True, None
        return True

    def text(self, slow: int) -> bytes:
        if not self._members and not slow:
            return b""
        head = json.dumps({**self._members, **({"slow": slow} if slow else {})}).encode()
        tail = b"".join([*self._results, *self._added, *self._checkpoints])
        return head + b"\n" + tail if tail or self._results or self._added else head

    def _leave(self, item_id: int, checkpoint: bytes) -> None:
        self._tell("checkpoint", [item_id, len(checkpoint)])
        self._checkpoints.append(checkpoint)

    def _tell(self, kind: str, entry: object) -> None:
        self._members.setdefault(kind, []).append(entry)
