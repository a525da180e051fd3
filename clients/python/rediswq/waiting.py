"""What an idle worker logs, how long it waits for a queue to be filled, and when it asks again."""

from __future__ import annotations

import random
import time
from typing import Optional

from .ending import DATA_LOST, NEVER_FILLED, Ending
from .incarnation import Wait
from .log import Log
from .settings import Settings

#: How often a waiting worker logs that it waits, in seconds.
_SAY_EVERY = 30.0
#: The first wait, in seconds; each further one in vain is half as long again, up to half a gap of the queue's clock.
_FIRST = 1.1
#: Of many workers that hold nothing, each one asks at most once in so many seconds times their number.
_EACH = 0.005
#: The longest wait; the lease of a worker that holds nothing lasts at least twice as long.
_LONGEST = 300.0


class Waiting:
    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._seen_item = False
        self._since: Optional[float] = None
        self._said: Optional[float] = None
        self._said_once: Optional[str] = None
        self._pause = _FIRST

    def is_over(self) -> None:
        """The worker got items."""
        self._seen_item = True
        self._since = self._said_once = None
        self._pause = _FIRST

    def next_question(self, due: Optional[int], gap: int, idle: int) -> float:
        """There was nothing for it again: in how many seconds it asks."""
        half = gap / 2_000
        pause = min(self._pause, half)
        self._pause = min(1.5 * self._pause, half)
        turn = _EACH * idle * random.uniform(1, 2)
        soonest = _LONGEST if due is None else min(_LONGEST, due / 1_000)
        return max(0.005, min(soonest, max(pause, turn)))

    def goes_on(self, wait: Wait) -> float:
        """The worker got no items, for this reason. Returns for how many seconds at most it may wait for others.

        Raises Ending with 82 where the batch was there before this worker started and is not now, and with 83 where
        nobody filled the queue within the start timeout.
        """
        why, settings, now = wait.why, self._settings, time.monotonic()
        if why in ("empty", "missing"):
            self._say_once(why, now)
            return float("inf")
        is_unfilled = why == "filling" or (why == "unfilled" and not self._seen_item)
        self._since = (self._since if self._since is not None else now) if is_unfilled else None
        waited = 0.0 if self._since is None else now - self._since
        filled_within = settings.start_timeout / 1_000 if is_unfilled and settings.start_timeout else float("inf")
        there_within = float("inf")
        if why == "filling" and settings.gated:
            there_within = min(settings.settle / 1_000, filled_within)
        if waited >= there_within:
            raise Ending(
                DATA_LOST,
                f"data lost: batch {settings.batch} was sealed before this worker started, and is not in Redis any more",
            )
        if waited >= filled_within:
            raise Ending(
                NEVER_FILLED,
                f"the queue {settings.queue} was not filled within {settings.start_timeout / 1_000:g} s; fill it "
                f"(rpush {settings.queue} ITEM) before the Job starts, or raise startTimeout",
            )
        self._say(why, not is_unfilled and why != "paused", now)
        return min(filled_within, there_within) - waited

    def _say_once(self, why: str, now: float) -> None:
        if self._said_once != why:
            self._said_once = why
            self._log.own("warn" if why == "missing" else "info", f"Waiting: {self._words(why)}")

    def _say(self, why: str, is_brief: bool, now: float) -> None:
        if self._said is None:
            self._said = now if is_brief else now - _SAY_EVERY
        if now - self._said >= _SAY_EVERY:
            self._said = now
            self._log.own("info", f"Waiting: {self._words(why)}")

    def _words(self, why: str) -> str:
        queue, batch = self._settings.queue, self._settings.batch
        words = {
            "filling": f"batch {batch} is not in the queue {queue} yet, or is not sealed",
            "unfilled": f"the queue {queue} is not filled yet (rpush {queue} ITEM)",
            "others": "other workers have the last items",
            "retries": "some items are due for a retry later",
            "settling": "the queue is empty but not sealed, so more items may come",
            "finalizer": "all items have ended, and the finalizer comes before the end, in a worker that has one",
            "paused": f"the queue {queue} is paused",
            "rate": "the rate of the queue allows no more items yet",
            "slowed": "a handler asked to slow down, and nothing is handed out until then",
            "empty": f"the queue {queue} is empty, and more may come",
            "missing": f"the queue {queue} is empty, and items are missing: data was lost. What comes is done as ever",
        }
        return words.get(why, why)
