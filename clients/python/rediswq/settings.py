"""What a worker is told by its environment (docs/protocol.md, "The environment of a worker"). Times in ms."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Mapping, Optional

from .ending import ConfigurationError
from .redis_url import RedisUrl, parse_redis_url

_DAY = 86_400_000
_YEAR = 365 * _DAY
_MOST_ITEMS = 1_000_000_000
_LAST_INDEX = 2_147_483_647
#: Until nothing was claimed for so long, a worker that may leave stays.
_SPARE_AFTER = 5_000


@dataclass(frozen=True)
class StoreAddress:
    """Where Redis is, and what it asks of its clients."""

    url: RedisUrl
    username: Optional[str] = None
    password: Optional[str] = None
    #: Goes before every other password, and is read again at each connect.
    password_file: Optional[str] = None
    ca_file: Optional[str] = None
    cert_file: Optional[str] = None
    key_file: Optional[str] = None
    sentinel_username: Optional[str] = None
    sentinel_password: Optional[str] = None
    sentinel_password_file: Optional[str] = None


@dataclass(frozen=True)
class Settings:
    store: StoreAddress
    queue: str
    concurrency: int
    lease: int
    max_attempts: int
    item_timeout: int
    rate: str
    start_timeout: int
    store_timeout: int
    settle: int
    grace: int
    batch: str
    gated: bool
    run: str
    worker: str
    tolerate_dead_letters: bool
    fail_fast: bool
    endless: bool
    termination_log: str
    keep: Optional[int]
    #: For how long nothing may have been claimed before this worker leaves the last items to others; None: it stays.
    spare_after: Optional[int]


Environment = Mapping[str, str]


def read_settings(env: Environment, queue: Optional[str] = None, fallback: Optional[StoreAddress] = None) -> Settings:
    """Reads the environment that the chart renders.

    `queue` is the name in the code, if that has one; `fallback` is the store where the environment names none.
    Raises ConfigurationError for a value that makes no sense; it names variable, value and what is allowed.
    """
    gate = env.get("WORK_QUEUE_GATE")
    if gate not in (None, "", "filled"):
        raise ConfigurationError(f"WORK_QUEUE_GATE is {json.dumps(gate)}; allowed is filled, or leave it unset")
    log_format(env)
    tolerate, fail_fast = _flag(env, "WORK_QUEUE_TOLERATE_DEAD_LETTERS"), _flag(env, "WORK_QUEUE_FAIL_FAST")
    if tolerate and fail_fast:
        raise ConfigurationError(
            "WORK_QUEUE_FAIL_FAST and WORK_QUEUE_TOLERATE_DEAD_LETTERS are both true, and a run that ends with the "
            "first dead letter tolerates none; set one of them"
        )
    endless = _flag(env, "WORK_QUEUE_ENDLESS")
    if endless:
        _refuse_ends(env)
    may_leave = not endless and _may_leave(env)
    return Settings(
        store=_store_address(env, fallback),
        queue=_queue_name(env, queue),
        concurrency=_whole(env, "WORK_QUEUE_CONCURRENCY", 1, 1, 10_000),
        lease=_whole(env, "WORK_QUEUE_LEASE_MS", 10_000, 1_000, 3_600_000),
        max_attempts=_whole(env, "WORK_QUEUE_MAX_ATTEMPTS", 3, 1, 1_000_000),
        item_timeout=_whole(env, "WORK_QUEUE_ITEM_TIMEOUT_MS", 0, 0, _YEAR),
        rate=_rate(env),
        start_timeout=_whole(env, "WORK_QUEUE_START_TIMEOUT_MS", 600_000, 0, _YEAR),
        store_timeout=_whole(env, "WORK_QUEUE_STORE_TIMEOUT_MS", 300_000, 1, _YEAR),
        settle=_whole(env, "WORK_QUEUE_SETTLE_MS", 30_000, 0, _YEAR),
        grace=_whole(env, "WORK_QUEUE_GRACE_MS", 30_000, 0, _YEAR),
        batch=env.get("WORK_QUEUE_BATCH", ""),
        gated=gate == "filled",
        run=env.get("WORK_QUEUE_RUN", ""),
        worker=worker_name(env),
        tolerate_dead_letters=tolerate,
        fail_fast=fail_fast,
        endless=endless,
        termination_log=termination_log(env),
        keep=_whole(env, "WORK_QUEUE_KEEP_MS", 0, 1, 100 * _YEAR) if env.get("WORK_QUEUE_KEEP_MS") else None,
        spare_after=_SPARE_AFTER if may_leave else None,
    )


def worker_name(env: Environment) -> str:
    return env.get("WORK_QUEUE_WORKER") or env.get("HOSTNAME") or f"pid {os.getpid()}"


def termination_log(env: Environment) -> str:
    return env.get("WORK_QUEUE_TERMINATION_LOG") or "/dev/termination-log"


def log_format(env: Environment) -> Optional[str]:
    """`json`, `text`, or None where the environment does not say."""
    given = env.get("WORK_QUEUE_LOG") or None
    if given not in (None, "json", "text"):
        raise ConfigurationError(f"WORK_QUEUE_LOG is {json.dumps(given)}; allowed are json and text")
    return given


def _queue_name(env: Environment, in_code: Optional[str]) -> str:
    name, defined_as = env.get("WORK_QUEUE_NAME"), env.get("WORK_QUEUE_DEFINED_AS") or None
    if defined_as and not name:
        raise ConfigurationError(
            f"WORK_QUEUE_DEFINED_AS is {json.dumps(defined_as)}, and WORK_QUEUE_NAME is missing; "
            "set both, or only WORK_QUEUE_NAME"
        )
    variable, named = ("WORK_QUEUE_DEFINED_AS", defined_as) if defined_as else ("WORK_QUEUE_NAME", name)
    if in_code is not None and named and named != in_code:
        raise ConfigurationError(
            f"this worker was written for the queue {in_code}, the chart names {named} ({variable}); "
            "use the same name in both"
        )
    chosen = name if name is not None else in_code
    if not isinstance(chosen, str) or not chosen:
        raise ConfigurationError(
            'the name of the queue is missing: set WORK_QUEUE_NAME to the name of the list in Redis, such as "job2"'
        )
    if re.search(r"[{}\x00-\x1f\x7f]", chosen):
        raise ConfigurationError(
            f"queue name {json.dumps(chosen)}: braces and control characters are not allowed: "
            'Redis Cluster reads braces as a hash tag; use a name such as "job2"'
        )
    return chosen


def _store_address(env: Environment, fallback: Optional[StoreAddress]) -> StoreAddress:
    url = env.get("REDIS_URL") or _url_of(env, "REDIS_HOST", "REDIS_PORT")
    if not url and not fallback:
        url = _url_of(env, "REDIS_SERVICE_HOST", "REDIS_SERVICE_PORT")
    if not url and not fallback:
        raise ConfigurationError(
            "the address of Redis is missing: set REDIS_URL (redis://host:6379), "
            "or REDIS_SERVICE_HOST and REDIS_SERVICE_PORT"
        )
    cert_file, key_file = env.get("REDIS_CERT_FILE") or None, env.get("REDIS_KEY_FILE") or None
    if (cert_file is None) != (key_file is None):
        raise ConfigurationError("REDIS_CERT_FILE and REDIS_KEY_FILE belong together; set both, or neither")
    return StoreAddress(
        url=parse_redis_url(url, "REDIS_URL") if url else _given(fallback).url,
        username=env.get("REDIS_USERNAME") or (fallback and fallback.username) or None,
        password=env.get("REDIS_PASSWORD") or (fallback and fallback.password) or None,
        password_file=env.get("REDIS_PASSWORD_FILE") or None,
        ca_file=env.get("REDIS_CA_FILE") or None,
        cert_file=cert_file,
        key_file=key_file,
        sentinel_username=env.get("REDIS_SENTINEL_USERNAME") or None,
        sentinel_password=env.get("REDIS_SENTINEL_PASSWORD") or None,
        sentinel_password_file=env.get("REDIS_SENTINEL_PASSWORD_FILE") or None,
    )


def _given(address: Optional[StoreAddress]) -> StoreAddress:
    assert address is not None
    return address


def _url_of(env: Environment, host_variable: str, port_variable: str) -> Optional[str]:
    host, port = env.get(host_variable), env.get(port_variable, "")
    if not host:
        return None
    # Kubernetes sets REDIS_PORT to a URL where there is a Service named redis.
    return f"redis://{host}:{port if port.isdigit() else 6379}"


def _refuse_ends(env: Environment) -> None:
    ends = [name for name in ("WORK_QUEUE_FAIL_FAST", "WORK_QUEUE_TOLERATE_DEAD_LETTERS") if _flag(env, name)]
    ends += [name for name in ("WORK_QUEUE_BATCH", "WORK_QUEUE_LEAVE_FROM_INDEX") if env.get(name)]
    if ends:
        raise ConfigurationError(
            f"WORK_QUEUE_ENDLESS is true, and {' and '.join(ends)} {'is' if len(ends) == 1 else 'are'} set, "
            "which says when a worker ends; remove one of them"
        )


def _rate(env: Environment) -> str:
    text = env.get("WORK_QUEUE_RATE", "")
    if not text:
        return ""
    match = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
    if match and 1 <= int(match.group(1)) <= _MOST_ITEMS and 1 <= int(match.group(2)) <= _YEAR:
        return text
    raise ConfigurationError(
        f"WORK_QUEUE_RATE is {json.dumps(text)}; allowed is ITEMS/MS, from 1 to {_MOST_ITEMS} items in 1 to {_YEAR} ms, "
        "such as 100/60000"
    )


def _may_leave(env: Environment) -> bool:
    since = _whole(env, "WORK_QUEUE_LEAVE_FROM_INDEX", 0, 1, _LAST_INDEX)
    return 0 < since <= _whole(env, "JOB_COMPLETION_INDEX", 0, 0, _LAST_INDEX)


def _whole(env: Environment, name: str, default: int, least: int, most: int) -> int:
    text = env.get(name, "")
    if text == "":
        return default
    if re.fullmatch(r"[0-9]{1,18}", text) and least <= int(text) <= most:
        return int(text)
    raise ConfigurationError(f"{name} is {json.dumps(text)}; allowed are whole numbers from {least} to {most}")


def _flag(env: Environment, name: str) -> bool:
    text = env.get(name, "")
    if text in ("", "false"):
        return False
    if text == "true":
        return True
    raise ConfigurationError(f"{name} is {json.dumps(text)}; allowed are true and false")
