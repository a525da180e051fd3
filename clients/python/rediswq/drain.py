"""The loop of run_worker: claim, run side by side, settle, until the queue is drained.

One thread makes the exchanges. Handlers run in the main thread, and in further ones where several items run at once.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import threading
import time
from typing import Any, Callable, Optional

from .doorbell import Doorbell
from .ending import CONTRACT, DEAD_LETTERS, STORE_UNREACHABLE, UNEXPECTED, Ending
from .errors import text_of
from .hand import Entry
from .incarnation import Answer, Held, Over, Wait, Work
from .item import Item
from .outcome import Back, Done, outcome_of_error, outcome_of_result
from .session import Session

Handler = Callable[[Item], Any]

#: An item that has to run alone is asked for again after so many seconds, where a handler does not stop.
_ALONE_PAUSE = 1.0


class Drain:
    def __init__(self, session: Session, handler: Handler, results: bool) -> None:
        self._session = session
        self._changed = session.changed
        self._handler = handler
        self._results = results
        self._doorbell = Doorbell(session)
        #: Lanes in which nothing runs.
        self._idle = 0
        self._is_main_idle = False
        self._ending: Optional[Ending] = None
        #: When to ask again, where there was nothing.
        self._ask_at = -math.inf

    def run(self) -> Ending:
        """Works until the queue is drained, or until it is stopped."""
        for number in range(1, self._session.settings.concurrency):
            threading.Thread(target=self._lane, name=f"rediswq-lane-{number}", daemon=True).start()
        threading.Thread(target=self._trade, name="rediswq-exchange", daemon=True).start()
        self._lane(is_main=True)
        assert self._ending is not None
        return self._ending

    # ---- lanes

    def _lane(self, is_main: bool = False) -> None:
        while True:
            with self._changed:
                self._idle += 1
                self._is_main_idle = self._is_main_idle or is_main
                self._changed.notify_all()
                while self._ending is None and (not self._session.ready or self._session.is_stopping):
                    self._changed.wait()
                if self._ending is not None:
                    return
                entry = self._session.ready.popleft()
                entry.started = time.monotonic()
                self._session.tally.started += 1
                self._idle -= 1
                self._is_main_idle = self._is_main_idle and not is_main
            self._run(entry)

    def _run(self, entry: Entry) -> None:
        session = self._session
        try:
            value = self._handler(entry.item)
            if inspect.iscoroutine(value):
                value = asyncio.run(value)
        except Exception as error:  # noqa: BLE001
            session.finish(entry, outcome_of_error(error, session.attempt_of(entry)))
        except BaseException as error:  # noqa: BLE001
            self._crash(error)
        else:
            attempt = session.attempt_of(entry)
            session.finish(entry, outcome_of_result(value, attempt) if self._results else Done())

    def _crash(self, error: BaseException) -> None:
        """The handler ends the process: what runs is charged with a crash, the rest goes back."""
        session = self._session
        given = UNEXPECTED
        if isinstance(error, SystemExit):
            given = 0 if error.code is None else error.code if isinstance(error.code, int) else UNEXPECTED
        code = session.own.signal_code if session.own.stopped_by else UNEXPECTED if given in CONTRACT else given
        with self._changed:
            ids = [entry.claim.id for entry in session.hand.running if entry not in session.ready]
        session.abandon(session.new_store(), f'{{"crash":{ids}}}' if ids else "")
        session.end_now(Ending(code, f"a handler ended the process: {text_of(error)}"))

    # ---- exchanges

    def _trade(self) -> None:
        session = self._session
        try:
            found_empty = session.enter()
            session.say_session()
            session.log.own("info", f"Initial queue state: empty={found_empty}")
            while True:
                answer = session.exchange(self._wait_until_due())
                if isinstance(answer, Over):
                    if answer.kind != "drained":
                        self._doorbell.close()
                    self._end(session.ending_of(answer))
                    return
                self._heed(answer)
        except Ending as ending:
            self._end(self._in_view_of_signals(ending))
        except BaseException as error:  # noqa: BLE001
            self._end(Ending(UNEXPECTED, f"Unexpected: {text_of(error)}"))

    def _in_view_of_signals(self, ending: Ending) -> Ending:
        session = self._session
        if ending.code != STORE_UNREACHABLE or not session.is_stopping:
            return ending
        if session.over is not None:
            return Ending(DEAD_LETTERS, f"The run is over ({session.over}), and Redis was not told: {ending.what}")
        own = session.own
        return Ending(own.signal_code, f"Ended by {own.signal_name}, and could not tell Redis: {ending.what}")

    def _wait_until_due(self) -> int:
        """Returns how many items to ask for; -1: to leave."""
        session = self._session
        with self._changed:
            while True:
                now = time.monotonic()
                if session.is_stopping:
                    while session.ready:
                        session.finish(session.ready.popleft(), Back())
                    if not session.hand.running:
                        return -1
                want = 0 if session.is_stopping else self._idle - len(session.ready)
                if self._doorbell.rang():
                    self._ask_at = -math.inf
                times = [session.hand.notes_due(), session.hand.next_refused()]
                due = min([each for each in times if each is not None], default=math.inf)
                if want > 0:
                    due = min(due, self._ask_at)
                if session.hand.is_unsettled(now) or session.hand.is_behind or session.slow or due <= now:
                    self._doorbell.hush()
                    return max(0, want)
                self._changed.wait(None if due == math.inf else due - now)

    def _heed(self, answer: Answer) -> None:
        session = self._session
        with self._changed:
            now = time.monotonic()
            self._ask_at = -math.inf
            if isinstance(answer, Work) and answer.claims[0].alone and session.stale:
                # It would run beside what another worker has by now, and be convicted for a crash of that.
                while session.ready:
                    session.finish(session.ready.popleft(), Back())
                self._ask_at = now + _ALONE_PAUSE
            elif isinstance(answer, Held):
                self._ask_at = now + session.waiting.next_question(answer.due, session.settings.lease // 2, 0)
            elif isinstance(answer, Wait) and not session.is_stopping:
                left = session.waiting.goes_on(answer)
                pause = min(left, session.waiting.next_question(answer.due, answer.gap, answer.idle))
                self._ask_at = now + pause
                self._doorbell.listen(pause)

    def _end(self, ending: Ending) -> None:
        with self._changed:
            self._ending = ending
            self._changed.notify_all()
            if self._is_main_idle:
                return
        # A handler that does not know that its item is lost keeps the main thread.
        self._session.end_now(ending)
