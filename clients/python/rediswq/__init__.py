"""Workers for the queues of cdk8s-redis-work-queue, on the standard Redis client.

`run_worker` is a whole worker process; `RedisWQ` has the API of the walkthrough's own rediswq.py.
"""

from .errors import (
    CancelledError,
    ItemTimeoutError,
    LeaseLostError,
    LostReason,
    RetryLater,
    StoppedError,
    Unrecoverable,
)
from .item import Item, Lost
from .log import Log
from .outcome import Backoff
from .own_exit import own_exit_on_import
from .redis_wq import RedisWQ
from .worker import run_worker

__all__ = [
    "Backoff",
    "CancelledError",
    "Item",
    "ItemTimeoutError",
    "LeaseLostError",
    "Log",
    "Lost",
    "LostReason",
    "RedisWQ",
    "RetryLater",
    "StoppedError",
    "Unrecoverable",
    "run_worker",
]

own_exit_on_import()
