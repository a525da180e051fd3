"""Wakes an idle worker when there is something for it, by a thread and a connection of its own, because it blocks."""

from __future__ import annotations

import threading
import time
from typing import Optional

from .scripts import key
from .session import Session
from .store import StoreError

#: The least that Redis is asked to block, in seconds: Redis 6.2 takes 1 ms for none, and blocks for ever.
_LEAST = 0.002
#: The longest.
_MOST = 5.0
_DEAF = 1.0


class Doorbell:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._key = key(session.settings.queue, "wake")
        self._until = 0.0
        self._rang = False
        self._is_blocking = False
        self._thread: Optional[threading.Thread] = None

    def listen(self, seconds: float) -> None:
        """Listens for so long, in the background; under the lock of the session."""
        self._until = time.monotonic() + seconds
        self._rang = False
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="rediswq-doorbell", daemon=True)
            self._thread.start()
        self._session.changed.notify_all()

    def rang(self) -> bool:
        """Whether it rang since then; it tells once."""
        rang, self._rang = self._rang, False
        return rang

    def hush(self) -> None:
        """A token that comes from now on is passed on to another worker."""
        self._until = 0.0

    def close(self) -> None:
        """The worker leaves before the end: it may be given a token in these moments that is for others."""
        self.hush()
        if self._is_blocking:
            try:
                self._session.new_store().command("RPUSH", self._key, 1)
            except StoreError:
                pass  # Others ask after a while all the same.

    def _run(self) -> None:
        store = self._session.new_store(deadline=_MOST + 2)
        changed = self._session.changed
        while True:
            with changed:
                while self._until <= time.monotonic():
                    changed.wait()
                left = min(_MOST, self._until - time.monotonic())
                self._is_blocking = True
            try:
                token = store.command("BLPOP", self._key, max(_LEAST, round(left, 3)))
            except StoreError:
                token = None
                time.sleep(min(_DEAF, left))
            with changed:
                self._is_blocking = False
                is_for_us = token is not None and self._until > 0
                if is_for_us:
                    self._rang, self._until = True, 0.0
                    changed.notify_all()
            if token is not None and not is_for_us:
                try:
                    store.command("RPUSH", self._key, 1)
                except StoreError:
                    pass  # Others ask after a while all the same.
