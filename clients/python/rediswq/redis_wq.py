"""The API of the walkthrough's rediswq.py, with the whole promise behind it."""

from __future__ import annotations

import math
import os
import time
from typing import NoReturn, Optional, Union

from .doorbell import Doorbell
from .ending import DRAINED, STORE_UNREACHABLE, Ending
from .errors import text_of
from .hand import Entry
from .incarnation import Answer, Held, Over, Wait
from .item import Payload, payload_of
from .lease import LeaseKeeper
from .log import cut, worker_log
from .outcome import Backoff, Done, outcome_of_error, outcome_of_failure
from .own_exit import own_exit
from .redis_url import RedisUrl
from .session import Session
from .settings import StoreAddress, read_settings


class RedisWQ:
    """A worker of a queue, whose loop is the program's own.

    Args:
        name: name of the queue, which is the list.
        host, port, db, username, password, ssl: the Redis, where the environment does not name one by REDIS_URL or
            REDIS_HOST; what it says of credentials goes first as well.

    All that a chart sets in the environment of a worker holds (docs/protocol.md). A problem with the configuration ends
    the process, with 81.

    Example:
        q = rediswq.RedisWQ(name="job2", host="redis")
        while not q.empty():
            item = q.lease(lease_secs=10, block=True, timeout=2)
            if item is not None:
                work(item.decode("utf-8"))
                q.complete(item)
    """

    def __init__(
        self,
        name: str,
        host: str = "localhost",
        port: int = 6379,
        db: int = 0,
        password: Optional[str] = None,
        username: Optional[str] = None,
        ssl: bool = False,
    ) -> None:
        own = own_exit()
        log = worker_log(os.environ, os.environ.get("WORK_QUEUE_NAME") or name)
        given = RedisUrl(ssl, ((host, int(port)),), None, int(db), username, password)
        try:
            settings = read_settings(os.environ, name, StoreAddress(given))
        except Ending as ending:
            own.refuse(ending, log)
        self._is_drained = False
        self._session = Session(settings, log, own, Backoff())
        self._doorbell = Doorbell(self._session)
        self._keeper = LeaseKeeper(self._session)
        own.workers.append(lambda: self._is_drained)
        own.at_end.append(self._leave_behind)
        self._keeper.start()
        try:
            self._session.enter()
        except Ending as ending:
            self._end(ending)
        assert self._session.incarnation is not None
        self._session_id = self._session.incarnation.name

    def sessionID(self) -> str:  # noqa: N802
        """The name under which Redis knows this worker; a new one once its lease was lost."""
        incarnation = self._session.incarnation
        if incarnation is not None:
            self._session_id = incarnation.name
        return self._session_id

    def empty(self) -> bool:
        """Whether the queue is drained: every item of it is done, whoever had it. From then on the process may end with 0.

        Where items are dead letters that are not tolerated, it ends the process with 80; where the worker was told to
        stop, with 143; and so on (docs/guarantees.md): it raises SystemExit, once it has said why.
        """
        if not self._is_drained:
            self._exchange(0)
        return self._is_drained

    def lease(self, lease_secs: float = 60, block: bool = True, timeout: Optional[float] = None) -> Optional[bytes]:
        """The next item; None where there is none within `timeout` seconds, at once where not `block`, or at the end.

        Args:
            lease_secs: a number above 0, as in the walkthrough. A thread renews the lease for as long as this process
                lives, so it need not cover the work; how long a lease is says WORK_QUEUE_LEASE_MS.
            timeout: seconds; None waits for as long as there is something to wait for.
        """
        if not _is_number(lease_secs) or lease_secs <= 0:
            raise ValueError(f"lease was given lease_secs={lease_secs!r}; allowed are seconds above 0")
        if timeout is not None and (not _is_number(timeout) or timeout < 0):
            raise ValueError(f"lease was given timeout={timeout!r}; allowed are seconds, 0 or more, and None")
        session = self._session
        until = time.monotonic() + ((math.inf if timeout is None else timeout) if block else 0)
        while not self._is_drained:
            if session.is_stopping and not session.hand.is_empty:
                # It may complete what it has.
                self._rest(until, min(until - time.monotonic(), 1.0))
                return None
            answer = self._exchange(1)
            with session.changed:
                if session.ready:
                    entry = session.ready.popleft()
                    entry.started = time.monotonic()
                    session.tally.started += 1
                    return entry.claim.payload
            if self._is_drained or time.monotonic() >= until:
                return None
            self._rest(until, self._pause_after(answer))
        return None

    def complete(self, value: Payload) -> None:
        """The item is done: the oldest one in hand that equals it.

        Raises ValueError where nothing in hand equals it.
        """
        self._settle(self._entry_of(value, "complete"))

    def fail(self, value: Payload, error: Union[BaseException, str] = "failed", for_good: bool = False) -> None:
        """The attempt at the item has failed: it is tried again after a growing delay, or is a dead letter after the last.

        Args:
            error: why, for the log and for `rwq dead list`.
            for_good: no attempt would change it: a dead letter at once.

        Raises ValueError where nothing in hand equals it.
        """
        entry = self._entry_of(value, "fail")
        attempt = self._session.attempt_of(entry)
        if isinstance(error, BaseException) and not for_good:
            outcome = outcome_of_error(error, attempt)
        else:
            text = text_of(error) if isinstance(error, BaseException) else str(error)
            outcome = outcome_of_failure(text, [], for_good, attempt)
        self._session.finish(entry, outcome)
        self._exchange(0)

    def _settle(self, entry: Entry) -> None:
        self._session.finish(entry, Done())
        self._exchange(0)

    def _entry_of(self, value: object, what: str) -> Entry:
        payload = payload_of(value, f"what {what} was given")
        session = self._session
        with session.changed:
            for entries in (session.hand.running, session.stale):
                for entry in sorted(entries, key=lambda each: each.claim.token):
                    if entry.claim.payload == payload:
                        return entry
        raise ValueError(
            f"{what} was given {cut(repr(payload), 100)}, and no item in hand is that: "
            "it was not leased, or was completed before"
        )

    def _exchange(self, want: int) -> Answer:
        """Also hears that the queue is drained, and ends the process where that is what the answer means."""
        session = self._session
        if session.is_stopping:
            want = -1 if session.hand.is_empty or not session.hand.running else 0
        try:
            answer = session.exchange(want)
            if isinstance(answer, Wait) and not session.is_stopping:
                session.waiting.goes_on(answer)
        except Ending as ending:
            self._end(ending)
        if isinstance(answer, Over):
            if answer.kind != "drained":
                self._doorbell.close()
            outcome = session.ending_of(answer)
            if outcome.code != DRAINED:
                self._end(outcome)
            session.say_end(outcome)
            self._is_drained = True
        return answer

    def _pause_after(self, answer: Answer) -> float:
        waiting = self._session.waiting
        if isinstance(answer, Wait):
            return waiting.next_question(answer.due, answer.gap, answer.idle)
        if isinstance(answer, Held):
            return waiting.next_question(answer.due, self._session.settings.lease // 2, 0)
        return 0.0

    def _rest(self, until: float, pause: float) -> None:
        """Waits until there may be something: a token, the time after which one asks again, or a signal."""
        session = self._session
        with session.changed:
            ask_at = min(until, time.monotonic() + pause)
            if session.hand.is_empty:
                self._doorbell.listen(ask_at - time.monotonic())
            was_stopping = session.is_stopping
            while time.monotonic() < ask_at and session.is_stopping == was_stopping and not self._doorbell.rang():
                session.changed.wait(ask_at - time.monotonic())
            self._doorbell.hush()

    def _end(self, ending: Ending) -> NoReturn:
        session = self._session
        if ending.code == STORE_UNREACHABLE and session.is_stopping:
            ending = session.interruption()
        session.conclude(ending)
        session.own.leave(ending.code)

    def _leave_behind(self, crashed: bool) -> None:
        """The program ends: what it has in hand goes back, or is charged with its crash."""
        session = self._session
        with session.changed:
            ids = [entry.claim.id for entry in session.hand.running if entry not in session.ready]
        session.abandon(session.new_store(), f'{{"crash":{ids}}}' if crashed and ids else "")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
