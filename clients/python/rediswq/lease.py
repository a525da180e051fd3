"""The thread that keeps the lease while handlers compute, hears signals at once, and ends the process where they hang."""

from __future__ import annotations

import json
import os
import select
import threading
import time

from .ending import HANDLER_HUNG, Ending
from .errors import ItemTimeoutError, StoppedError
from .hand import Entry
from .outcome import HANG_GRACE, charge_of, outcome_of_hang
from .session import Session
from .store import StoreError

#: How often it looks, in seconds.
_BEAT = 0.05
#: How often it renews the lease of a worker that holds nothing; that is at least a minute long.
_IDLE = 20.0


class LeaseKeeper:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._store = session.new_store()
        self._every = session.settings.lease / 4_000
        #: The incarnation of which Redis knows that it was told to stop.
        self._said_leaving = ""
        self._signals = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name="rediswq-lease", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self._listen()
                self._watch()
                self._renew()
            except StoreError:
                pass  # The next round tries again; whoever needs an answer insists on it.
            except Exception as error:  # noqa: BLE001
                self._session.log.own("warn", f"the thread that keeps the lease goes on after an error: {error!r}")
                time.sleep(_BEAT)

    def _listen(self) -> None:
        fd = self._session.own.signals
        readable, _, _ = select.select([fd], [], [], _BEAT)
        if not readable:
            return
        for number in os.read(fd, 64):
            self._signals += 1
            if self._session.own.stopped_by is None:
                self._session.own.stopped_by = number
        if self._signals == 1:
            self._session.stop()
        elif self._signals > 1:
            self._session.log.own("warn", "told to stop again: ending at once, everything in hand goes back to the queue")
            self._leave()

    def _watch(self) -> None:
        session, now = self._session, time.monotonic()
        if now >= session.leave_at:
            self._leave()
        if now >= session.abort_at:
            session.lose_all(StoppedError("the worker has to stop"))
        timeout = session.settings.item_timeout / 1_000
        if timeout == 0:
            return
        with session.changed:
            running = [entry for entry in [*session.hand.running, *session.stale] if entry not in session.ready]
            for entry in running:
                if now - entry.started > timeout:
                    text = f"the item took longer than {session.settings.item_timeout} ms"
                    entry.item.lose(ItemTimeoutError(text))
            session.changed.notify_all()
            hung = next((entry for entry in running if now - entry.started > timeout + HANG_GRACE), None)
        if hung is not None:
            self._end_hung(hung)

    def _end_hung(self, entry: Entry) -> None:
        session = self._session
        outcome = outcome_of_hang(session.settings.item_timeout, session.attempt_of(entry))
        session.abandon(self._store, "" if entry.is_stale else charge_of(entry.claim.id, outcome))
        what = (
            f"the handler of item {entry.claim.id} did not return {HANG_GRACE:g} s after its timeout of "
            f"{session.settings.item_timeout} ms: only this item is charged"
        )
        session.end_now(Ending(HANDLER_HUNG, what))

    def _leave(self) -> None:
        self._session.abandon(self._store, "")
        self._session.end_now(self._session.interruption())

    def _renew(self) -> None:
        session, now = self._session, time.monotonic()
        with session.changed:
            incarnation, is_idle, is_leaving = session.incarnation, session.hand.is_empty, session.is_stopping
            is_news = is_leaving and incarnation is not None and self._said_leaving != incarnation.name
            every = max(self._every, _IDLE) if is_idle else self._every
            if incarnation is None or (now - session.renewed_at < every and not is_news):
                return
            session.renewed_at = now
        reply = self._store.call("renew", incarnation.name, incarnation.epoch, "", 0, 1 if is_leaving else "")
        gap, more = (int(reply[0]), json.loads(reply[1])) if isinstance(reply, list) else (int(reply), {})
        if is_leaving:
            self._said_leaving = incarnation.name
        if gap > 0:
            self._every = min(session.settings.lease, 2 * gap) / 4_000
        elif not is_idle:
            session.lost_lease(incarnation.name)
        if more.get("over") and session.incarnation is incarnation:
            session.stop_for(more["over"])
