"""The whole worker process."""

from __future__ import annotations

import dataclasses
import logging
import os
import threading
from typing import NoReturn, Optional

from .drain import Drain, Handler
from .ending import ConfigurationError, Ending
from .lease import LeaseKeeper
from .log import worker_log
from .outcome import Backoff
from .own_exit import own_exit
from .session import Session
from .settings import Settings, read_settings

#: A thread each.
_MOST_LANES = 10_000


def run_worker(
    handler: Handler,
    *,
    queue: Optional[str] = None,
    concurrency: Optional[int] = None,
    results: bool = False,
    backoff: Optional[Backoff] = None,
    log: Optional[logging.Logger] = None,
) -> NoReturn:
    """Works until the queue is drained, and ends the process with the exit code that tells the Job how it went.

    Args:
        handler: does the work on one item. Whatever it raises is a failed attempt, which is tried again; Unrecoverable
            gives the item up, RetryLater puts it off. A coroutine function runs in an event loop of its own.
        queue: name of the queue; the default is WORK_QUEUE_NAME, and where both are given they must be the same.
        concurrency: items at once, each in a thread, where WORK_QUEUE_CONCURRENCY does not say; the default is 1, and
            such a worker runs its handler in the main thread.
        results: keep what the handler returns, as JSON.
        backoff: delay between attempts; the default is 1 s, doubled each time, at most five minutes, with jitter.
        log: where lines go; the default is the console: text on a terminal, JSON off it, or as WORK_QUEUE_LOG has it.

    Example:
        run_worker(lambda item: resize(**item.json()))
    """
    env = os.environ
    lines = worker_log(env, env.get("WORK_QUEUE_NAME") or queue, log)
    own = own_exit()
    try:
        settings = _settings(handler, queue, concurrency, backoff)
    except Ending as ending:
        own.refuse(ending, lines)
    own.is_running = True
    session = Session(settings, lines, own, backoff or Backoff())
    LeaseKeeper(session).start()
    outcome = Drain(session, handler, results).run()
    session.conclude(outcome)
    own.leave(outcome.code)


def _settings(
    handler: object, queue: Optional[str], concurrency: Optional[int], backoff: Optional[Backoff]
) -> Settings:
    if threading.current_thread() is not threading.main_thread():
        raise ConfigurationError(
            "run_worker was called in a thread, which cannot say how the process ends. "
            "Call it in the main thread, and let handlers start the threads"
        )
    if not callable(handler):
        raise ConfigurationError(f"run_worker was given {handler!r} as its handler; its first argument is a function")
    if backoff is not None and not isinstance(backoff, Backoff):
        raise ConfigurationError(f"run_worker was given backoff={backoff!r}; allowed is a Backoff, such as Backoff(base=5)")
    settings = read_settings(os.environ, queue)
    if concurrency is None or os.environ.get("WORK_QUEUE_CONCURRENCY"):
        return settings
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or not 1 <= concurrency <= _MOST_LANES:
        raise ConfigurationError(
            f"run_worker was given concurrency={concurrency!r}; allowed are whole numbers from 1 to {_MOST_LANES}"
        )
    return dataclasses.replace(settings, concurrency=concurrency)
