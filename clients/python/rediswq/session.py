"""One worker at its queue: its incarnations, what it holds, whether it was told to stop. The loops of run_worker and of
RedisWQ stand on it, and the thread that keeps the lease looks after it."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from typing import Any, Deque, Dict, List, NoReturn, Optional

from redis.exceptions import NoPermissionError

from .ending import (
    DEAD_LETTERS,
    DRAINED,
    ConfigurationError,
    Ending,
    Tally,
    counted,
    ending_of_drained,
    summary_of,
    write_termination_message,
)
from .errors import CancelledError, LeaseLostError, LostReason, StoppedError
from .hand import Entry, Hand
from .incarnation import Answer, Claim, Incarnation, Over, Stale, Wait, Work
from .item import Item
from .log import Log
from .outcome import Attempt, Backoff, Dead, Done, Later, Outcome, Retry
from .own_exit import OwnExit
from .settings import Settings
from .store import Store, StoreError
from .waiting import Waiting

#: Incarnations that are remembered once they were given up: a Redis that goes back in time may bring them back.
_EARLIER = 8
#: Kept of the grace period for ending the process itself, and for handlers whose item was lost, in seconds.
_MARGIN = 2.0
_LAST_CALL = 2.0
#: A worker with nothing in hand takes leave of Redis for so long, in seconds.
_GOODBYE = 5.0
#: After so many seconds, Redis is asked again whether it has room for what items add.
_ROOM_PAUSE = 1.0
#: The least time for which the keys of a queue stay while a worker looks at it, in ms.
_WHILE_ONE_LOOKS = 60_000
_FLOOR = (6, 2)


class Session:
    def __init__(self, settings: Settings, log: Log, own: OwnExit, backoff: Backoff) -> None:
        self.settings = settings
        self.log = log
        self.own = own
        self.tally = Tally()
        self.changed = threading.Condition(threading.RLock())
        self.hand = Hand()
        #: What is in hand and was not started.
        self.ready: Deque[Entry] = deque()
        self.waiting = Waiting(settings, log)
        self.incarnation: Optional[Incarnation] = None
        #: Handlers that still run on what is not ours any more.
        self.stale: List[Entry] = []
        #: ms for which a handler asks that nobody is handed anything.
        self.slow = 0
        #: Told to stop: whoever takes back what this process holds charges nothing.
        self.is_stopping = False
        #: When items are lost, and when what still runs goes back, once it was told to stop.
        self.abort_at = self.leave_at = math.inf
        #: Why this worker is to stop, though the queue is not drained: `cancelled` or `failed`.
        self.over: Optional[str] = None
        self.renewed_at = -math.inf
        self._backoff = backoff
        self._store = self.new_store()
        self._earlier: List[str] = []
        self._is_full = False
        self._started = time.monotonic()
        self._saying = threading.Lock()
        self._has_ended = False

    def new_store(self, deadline: Optional[float] = None) -> Store:
        """A connection for one thread; each call has a deadline that is shorter than the lease."""
        lease, store_timeout = self.settings.lease / 1_000, self.settings.store_timeout / 1_000
        most = max(0.25, min(5.0, lease / 4, store_timeout)) if deadline is None else deadline
        return Store(self.settings.store, self.settings.queue, most, store_timeout)

    # ---- Redis

    def enter(self) -> bool:
        """Looks at Redis and registers with it. Returns whether the list was empty. Raises Ending."""
        self._check_store()
        self._enter("")
        assert self.incarnation is not None
        if self.settings.keep is not None:
            self._keep(self.incarnation.epoch, max(self.settings.keep, _WHILE_ONE_LOOKS))
        return self.incarnation.found_empty

    def _enter(self, epoch: str) -> None:
        incarnation = Incarnation.enter(self._store, self.settings, epoch, self._earlier, self._patience)
        self._earlier = [*self._earlier, incarnation.name][-_EARLIER:]
        with self.changed:
            self.incarnation = incarnation
            self.renewed_at = time.monotonic()
        if epoch:
            self.say_session()

    def say_session(self) -> None:
        if self.incarnation is not None:
            self.log.own("info", f"Worker with sessionID: {self.incarnation.name}")

    def exchange(self, want: int, back_from: Optional[int] = None) -> Answer:
        """Settles what has ended, claims at most `want` items, and takes them into the hand; -1 leaves.

        Raises Ending where the data is lost, Redis is out of reach, or nobody fills the queue.
        """
        with self.changed:
            incarnation, slow = self.incarnation, self.slow
            assert incarnation is not None
            advance, outcomes = self.hand.settle(slow, is_last=want < 0 or self.is_stopping)
            self.slow = 0
        answer = incarnation.exchange(
            self._store, advance, outcomes, back_from, want, lambda: self.is_stopping, self._patience
        )
        with self.changed:
            self.renewed_at = time.monotonic()
            refused = self.hand.answered(bool(answer.more.get("full")), _ROOM_PAUSE)
            if refused and not self._is_full:
                self.log.own(
                    "warn",
                    "Redis is full (maxmemory): what items add cannot be added yet; they stay in hand, all else goes on",
                )
            self._is_full = refused > 0
            over = answer.more.get("over") or (answer.why if isinstance(answer, Wait) else "")
            if over in ("cancelled", "failed"):
                self.stop_for(over)
            self._heed(answer)
            self.changed.notify_all()
        if isinstance(answer, Stale) and not self.is_stopping:
            self._enter(incarnation.epoch)
        if isinstance(answer, Over) and self.settings.keep is not None:
            self._keep(incarnation.epoch, self.settings.keep)
        return answer

    def _heed(self, answer: Answer) -> None:
        if isinstance(answer, Work):
            self.waiting.is_over()
            for claim in answer.claims:
                entry = self._entry(claim)
                self.hand.adopt(entry)
                self.ready.append(entry)
        elif isinstance(answer, Stale):
            self._lose_hand()
        elif isinstance(answer, Over):
            self.incarnation = None

    def _lose_hand(self) -> None:
        """What is in hand belongs to others."""
        running = [entry for entry in self.hand.clear() if entry not in self.ready]
        self.ready.clear()
        self.stale += running
        for entry in running:
            entry.item.lose(LeaseLostError("the lease was lost; another worker has this item"))
        if not self.is_stopping:
            self.log.own(
                "warn",
                "the lease was lost: what was in hand is in the queue again or with others, going on with fresh work",
            )

    def lost_lease(self, name: str) -> None:
        """A renewal was told that this incarnation holds nothing any more; the next exchange begins anew."""
        with self.changed:
            if self.incarnation is None or self.incarnation.name != name or self.hand.is_empty:
                return
            for entry in self.hand.running:
                if not entry.item.lost.is_set():
                    entry.item.log.own("warn", "the lease was lost, another worker has this item")
                    entry.item.lose(LeaseLostError("the lease was lost; another worker has this item"))
            self.changed.notify_all()

    def ending_of(self, over: Over) -> Ending:
        """What it means that the worker has left the queue."""
        if over.kind == "drained":
            return ending_of_drained(over.counts, self.settings.tolerate_dead_letters)
        if over.kind == "spare":
            return Ending(DRAINED, "Nothing left to claim: others have the last items", over.counts)
        if self.over == "cancelled":
            return Ending(DEAD_LETTERS, f"Cancelled: {counted(over.counts.dropped, 'item')} dropped", over.counts)
        if self.over == "failed":
            dead = counted(over.counts.dead, "dead letter")
            return Ending(DEAD_LETTERS, f"Failed fast: {dead}, and items may be left", over.counts, is_all=False)
        return self.interruption(over)

    def interruption(self, over: Optional[Over] = None) -> Ending:
        if self.over is not None:
            return Ending(DEAD_LETTERS, f"The run is over ({self.over}), what was running goes back", is_all=False)
        left = "" if self.settings.endless else ", items are left"
        counts = over.counts if over is not None else None
        return Ending(self.own.signal_code, f"Ended by {self.own.signal_name}{left}", counts)

    def abandon(self, store: Store, charge: str) -> None:
        """The last call: some items are charged, all others return. Others take them back where Redis does not answer."""
        incarnation = self.incarnation
        if incarnation is None:
            return
        try:
            store.call("abandon", incarnation.name, incarnation.epoch, charge, incarnation.answer)
        except StoreError:
            pass

    def _patience(self) -> float:
        """How many seconds Redis may be silent: not long where there is nothing to tell it but that this worker leaves."""
        return _GOODBYE if self.is_stopping and self.hand.is_empty else math.inf

    def _keep(self, epoch: str, ms: int) -> None:
        """The work is done as well where Redis does not hear of this."""
        try:
            self._store.call("keep", epoch, ms)
        except StoreError as error:
            self.log.own("warn", f"could not say how long the keys of the queue are kept: {error}")

    def _info(self) -> Dict[str, Any]:
        try:
            reply = self._store.command("INFO")
        except NoPermissionError:
            self.log.own(
                "warn",
                "this Redis user may not read INFO, so the worker cannot check that maxmemory-policy is noeviction; "
                "allow +info",
            )
            return {}
        return reply if isinstance(reply, dict) else {}

    def _check_store(self) -> None:
        """Raises ConfigurationError where this Redis cannot keep a queue."""
        info = self._store.insist(self._info, self._patience)
        version, policy = str(info.get("redis_version", "")), str(info.get("maxmemory_policy", ""))
        if info.get("redis_mode") == "sentinel":
            raise ConfigurationError(
                "this is a sentinel, which holds no data: write redis+sentinel://, and the name of the primary at the end, "
                "as in redis+sentinel://host:26379/mymaster"
            )
        parts = [int(part) for part in version.split(".")[:2] if part.isdigit()]
        if len(parts) == 2 and tuple(parts) < _FLOOR:
            raise ConfigurationError(f"this is Redis {version}; 6.2 or later is needed, or Valkey")
        if policy.startswith("allkeys-"):
            raise ConfigurationError(
                f"this Redis evicts keys when its memory is full (maxmemory-policy {policy}), which would lose items; "
                "set maxmemory-policy noeviction"
            )

    # ---- items

    def _entry(self, claim: Claim) -> Entry:
        assert self.incarnation is not None
        item = Item(
            payload=claim.payload,
            item_id=claim.id,
            attempt=claim.attempts + 1,
            postponed=claim.postponed,
            token=self.incarnation.token_of(claim),
            resumed=claim.resumed,
            log=self.log.of_item(claim.id, claim.attempts + 1),
            changed=self.changed,
            slow_down=self._slow_down,
        )
        return Entry(claim, item, time.monotonic())

    def _slow_down(self, ms: int) -> None:
        with self.changed:
            self.slow = max(self.slow, ms)
            self.changed.notify_all()

    def attempt_of(self, entry: Entry) -> Attempt:
        return Attempt(
            number=entry.item.attempt,
            most=self.settings.max_attempts,
            worker=self.settings.worker,
            duration=round(1_000 * (time.monotonic() - entry.started)),
            backoff=self._backoff,
            lost=entry.item.lost.reason,
        )

    def finish(self, entry: Entry, outcome: Outcome) -> None:
        """An attempt has ended; the next exchange tells Redis."""
        with self.changed:
            entry.item.end()
            if entry.is_stale:
                self.tally.stale += 1
                if entry in self.stale:
                    self.stale.remove(entry)
            else:
                entry.outcome = outcome
                self._count(entry, outcome)
            self.changed.notify_all()

    def _count(self, entry: Entry, outcome: Outcome) -> None:
        if isinstance(outcome, Done):
            self.tally.done += 1
        elif isinstance(outcome, Retry):
            self.tally.failed += 1
            entry.item.log.own("warn", outcome.words)
        elif isinstance(outcome, Dead):
            self.tally.dead += 1
            entry.item.log.own("error", outcome.words)
        elif isinstance(outcome, Later) and str(entry.item.postponed + 1).strip("0") == "1" and entry.item.postponed >= 9:
            entry.item.log.own("warn", f"put off for the {entry.item.postponed + 1}th time, due again in {outcome.delay} ms")

    def lose_all(self, reason: LostReason) -> None:
        with self.changed:
            for entry in [*self.hand.running, *self.stale]:
                entry.item.lose(reason)
            self.changed.notify_all()

    # ---- stopping

    def stop(self) -> None:
        """No new items; those that run may finish for as long as the grace period allows."""
        with self.changed:
            if self.is_stopping:
                return
            self.is_stopping = True
            within = max(0.0, self.settings.grace / 1_000 - _MARGIN)
            now = time.monotonic()
            self.abort_at = now + max(0.0, within - _LAST_CALL)
            self.leave_at = self.abort_at + min(_LAST_CALL, within)
            if self.over is None:
                self.log.own(
                    "info", f"{self.own.signal_name}: no new items; running items may finish within {within:.0f} s"
                )
            self.changed.notify_all()

    def stop_for(self, over: str) -> None:
        """The run is over: what runs is told so, and may end within the time that a pod has."""
        with self.changed:
            if self.over is not None or self.is_stopping:
                return
            self.over = over
            queue = self.settings.queue
            reason: StoppedError
            if over == "cancelled":
                reason = CancelledError(f"the queue {queue} was cancelled")
            else:
                reason = StoppedError(
                    f"the queue {queue} has a dead letter, and failFast ends the run with the first one"
                )
            self.log.own("warn", f"{reason}: no new items, and running items are lost")
            self.lose_all(reason)
            self.stop()

    # ---- the end

    def conclude(self, ending: Ending) -> None:
        """Says how the worker has ended, and decides over the exit code."""
        self.say_end(ending)
        self.own.decide(ending.code)

    def say_end(self, ending: Ending) -> None:
        """Says how the worker has ended, once: in its last line, and in the termination message."""
        with self._saying:
            if self._has_ended:
                return
            self._has_ended = True
        summary = summary_of(ending, self.tally, time.monotonic() - self._started)
        level = "info" if ending.code == DRAINED else "warn" if ending.code in (130, 143) else "error"
        duration = round(1_000 * (time.monotonic() - self._started))
        tally = vars(self.tally)
        self.log.own(level, summary, exit=ending.code, **tally, duration=duration)
        write_termination_message(self.settings.termination_log, summary)

    def end_now(self, ending: Ending) -> NoReturn:
        """Ends the process at once, from any thread."""
        self.conclude(ending)
        self.own.end(ending.code)
