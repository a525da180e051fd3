"""What a handler may say of an item, and what becomes of it."""

from __future__ import annotations

import base64
import json
import os
import socket
from typing import Any, Dict

import pytest
from conftest import Queue

from rediswq import Backoff, RetryLater
from rediswq.ending import ConfigurationError
from rediswq.redis_url import parse_redis_url

HEAD = "import asyncio, threading, time\nfrom rediswq import Backoff, RetryLater, run_worker\n"
TAIL = "\nrun_worker(handle, results=True, backoff=Backoff(0.01, 0.05))\n"


def run(queue: Queue, body: str, *items: str, code: int = 0, **env: str) -> Dict[int, Any]:
    """Runs a handler on items; the results by id."""
    queue.fill(*items)
    worker = queue.start(HEAD + "def handle(item):\n    " + body.replace("\n", "\n    ") + TAIL, **env)
    assert worker.code() == code, worker.lines
    results = queue.redis.hgetall(queue.key("results"))
    return {int(key): json.loads(value.partition(b"\n")[0]) for key, value in results.items()}


def test_results_are_kept_as_json_and_what_has_none_is_a_failure(queue: Queue) -> None:
    body = "return {'a': {'é': [item.id, item.attempt]}, 'b': None, 'c': {1}, 'd': float('nan')}[item.text]"
    results = run(queue, body, "a", "b", "c", "d", code=80, WORK_QUEUE_MAX_ATTEMPTS="1")
    assert results == {1: {"é": [1, 1]}, 2: None}
    assert "TypeError: the result cannot be written as JSON: " in queue.dead()["c"] + queue.dead()["d"]


def test_retry_later_charges_nothing(queue: Queue) -> None:
    body = "if item.postponed < 3: raise RetryLater(0.01)\nreturn [item.attempt, item.postponed]"
    assert run(queue, body, "a", WORK_QUEUE_MAX_ATTEMPTS="1") == {1: [1, 3]}
    with pytest.raises(ValueError, match="RetryLater was given -1; allowed are seconds from 0 to 31536000"):
        RetryLater(-1)


def test_a_checkpoint_is_there_for_the_next_attempt_and_goes_in_the_end(queue: Queue) -> None:
    body = """
if item.attempt == 1:
    for page in range(5): item.checkpoint({"page": page})
    raise ValueError("no")
return item.resumed"""
    assert run(queue, body, "a") == {1: {"page": 4}}
    assert not queue.redis.exists(queue.key("checkpoints"))


def test_a_checkpoint_outlives_the_process(queue: Queue) -> None:
    queue.fill("a")
    program = HEAD + (
        "import sys\n"
        "def handle(item):\n"
        "    print(item.resumed)\n"
        "    if item.attempt == 2: return\n"
        "    item.checkpoint([1]); item.progress(0.5, 'half')\n"
        "    item.lost.wait()\n"
    )
    first = queue.start(program + TAIL)
    first.line("^None")
    while not (queue.redis.hlen(queue.key("checkpoints")) and queue.redis.hlen(queue.key("progress"))):
        pass
    assert queue.redis.hget(queue.key("progress"), "1").decode().endswith(" 0.5 half")
    first.signal(9)
    second = queue.start(program + TAIL)
    second.line(r"^\[1\]$")
    assert second.code() == 0


def test_follow_up_items_with_keys_and_in_front(queue: Queue) -> None:
    body = """
if item.text == "a":
    item.add(["last", b"same", "same"], key=lambda each: str(each)[-5:])
    item.add(["1", "2"], front=True)
return time.monotonic()"""
    results = run(queue, body, "a")
    assert queue.meta("done") == 6 and queue.meta("added") == 5
    assert len(results) == 6


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("item.add('text')", "TypeError: add was given 'text': allowed is a list of items"),
        ("item.add([7])", "TypeError: item 0 that is added is 7; allowed are text and bytes"),
        ("item.add(['a', 'b'], key='k')", "TypeError: add was given one key for several items"),
        ("item.add(['a'] * 1001)", "ValueError: one item adds more than 1000 items"),
        ("item.add(['a' * 524289])", "ValueError: what one item adds is more than 524288 bytes"),
        ("item.progress(2)", "ValueError: progress was given 2; allowed are numbers from 0 to 1"),
        ("item.slow_down(float('nan'))", "ValueError: slow_down was given nan; allowed are seconds"),
        ("item.checkpoint('x' * 65535)", "TypeError: the checkpoint is 65537 bytes of JSON, and 65536 are allowed"),
    ],
)
def test_what_an_item_refuses_is_a_failed_attempt(queue: Queue, call: str, error: str) -> None:
    run(queue, call, "a", code=80, WORK_QUEUE_MAX_ATTEMPTS="1")
    assert error in json.loads(queue.dead()["a"])["error"]


def test_several_items_at_once_each_in_a_thread(queue: Queue) -> None:
    queue.fill(*"abcdef")
    program = (
        HEAD
        + "together = threading.Barrier(3)\n"
        + "def handle(item):\n    together.wait(60)\n    print(threading.current_thread().name)\n"
        + "run_worker(handle, concurrency=3)"
    )
    worker = queue.start(program)
    assert worker.code() == 0
    assert len(set(worker.all("^(MainThread|rediswq-lane-.)$"))) == 3


def test_a_handler_may_be_a_coroutine_function(queue: Queue) -> None:
    queue.fill("a")
    worker = queue.start(HEAD + "async def handle(item):\n    await asyncio.sleep(0)\n    return 7" + TAIL)
    assert worker.code() == 0
    assert queue.redis.hget(queue.key("results"), "1").startswith(b"7\n")


def test_slow_down_holds_back_what_waits(queue: Queue) -> None:
    body = "if item.text == 'a': item.slow_down(1)\nreturn time.time()"
    results = run(queue, body, "a", "b")
    assert results[2] - results[1] >= 0.99


def test_a_handler_in_another_process(queue: Queue) -> None:
    path = str(queue.folder / "socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(path)
        listening.listen()
        queue.fill("a", "b")
        program = os.path.join(os.path.dirname(__file__), "remote_handler.py")
        options = json.dumps({"results": True, "backoff": {"base": 10, "max": 20}})
        worker = queue.start_file(program, REMOTE_HANDLER=path, SCENARIO_OPTIONS=options, WORK_QUEUE_MAX_ATTEMPTS="1")
        connection, _ = listening.accept()
        with connection, connection.makefile("rwb") as lines:

            def hear() -> Dict[str, Any]:
                told: Dict[str, Any] = json.loads(lines.readline())
                return told

            def say(**message: object) -> None:
                lines.write(json.dumps(message).encode() + b"\n")
                lines.flush()

            start = hear()["start"]
            assert base64.b64decode(start["payload"]) == b"a" and "resumed" not in start
            say(call=start["call"], do="progress", fraction=9)
            assert "ValueError" in hear()["refused"]["error"]
            say(call=start["call"], do="return", value={"x": 1})
            start = hear()["start"]
            say(call=start["call"], do="throw", kind="error", message="RangeError: no")
            assert worker.code() == 80
    assert json.loads(queue.dead()["b"])["error"] == "RangeError: no"


def test_addresses() -> None:
    assert parse_redis_url("redis://[::1]:7/2", "it").seeds == (("::1", 7),)
    assert parse_redis_url("redis://fd00:1::2:6380", "it").seeds == (("fd00:1::2", 6380),)
    assert parse_redis_url("rediss://me:p%40ss@h", "it").password == "p@ss"
    assert parse_redis_url("redis://a:1,b:2", "it").is_cluster
    assert parse_redis_url("redis+sentinel://a,b/mymaster/3", "it").seeds == (("a", 26379), ("b", 26379))
    for wrong in ("redis:/h", "redis://", "redis://h:0", "redis://h/x", "redis://a,b/1"):
        with pytest.raises(ConfigurationError, match="^it is "):
            parse_redis_url(wrong, "it")


def test_backoff() -> None:
    assert all(500 <= Backoff().delay(1) <= 1_000 and Backoff(1, 2).delay(90) <= 2_000 for _ in range(50))
    with pytest.raises(ValueError, match="allowed are seconds, 0 or more"):
        Backoff(base=-1)
