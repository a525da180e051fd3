"""RedisWQ: the walkthrough's own loop, with the whole promise."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PACKAGE, Queue, until

HERE = Path(__file__).parent
WALKTHROUGH = str(HERE / "walkthrough_worker.py")

LOOP = """
import os, sys, time
import rediswq
q = rediswq.RedisWQ(os.environ["QUEUE"])
"""


def test_the_walkthroughs_worker_under_kill_9_of_several(own_queue: Queue) -> None:
    queue = own_queue
    queue.name = "job2"
    items = [f"item {number}" for number in range(24)]
    queue.fill(*items)
    doomed = [queue.start_file(WALKTHROUGH) for _ in range(3)]
    for worker in doomed:
        worker.line("^Working on ")
    for worker in doomed[:2]:
        worker.signal(signal.SIGKILL)
    others = [queue.start_file(WALKTHROUGH) for _ in range(2)]
    for worker in [doomed[2], *others]:
        assert worker.code() == 0
        assert worker.lines[-1] == "Queue empty, exiting"
    started = [item for worker in queue.workers for item in worker.all("^Working on (.*)")]
    assert set(started) == set(items)
    assert queue.meta("done") == 24 and queue.meta("claimed") == 24
    # What the killed ones had runs twice, and nothing else.
    assert len(started) <= 24 + 2


def test_one_file_beside_the_program_and_the_environment_names_redis(queue: Queue, tmp_path: Path) -> None:
    shutil.copy(WALKTHROUGH, tmp_path / "worker.py")
    writer = PACKAGE / "rediswq/single_file.py"
    subprocess.run([sys.executable, "-B", str(writer), "-o", str(tmp_path / "rediswq.py")], check=True)
    text = (tmp_path / "worker.py").read_text().replace('"job2"', f'"{queue.name}"')
    (tmp_path / "worker.py").write_text(text)
    queue.fill("apple")
    port = str(queue.server.port)
    worker = queue.start_file(
        str(tmp_path / "worker.py"),
        PYTHONPATH="-",
        WORK_QUEUE_NAME="-",
        REDIS_URL="-",
        REDIS_HOST="127.0.0.1",
        REDIS_PORT=port,
    )
    assert worker.code() == 0
    assert worker.all("^Working on (.*)") == ["apple"]


def test_several_items_at_once_and_equal_ones(queue: Queue) -> None:
    queue.fill("a", "a", "b")
    worker = queue.start(
        LOOP
        + """
items = [q.lease(timeout=60) for _ in range(3)]
assert items == [b"a", b"a", b"b"], items
assert not q.empty()
q.complete("b"); q.complete(items[1]); q.complete(items[0])
try:
    q.complete(b"a")
except ValueError as error:
    print(error)
while not q.empty():
    assert q.lease(block=False) is None
assert q.lease() is None
print("end")
""",
        QUEUE=queue.name,
    )
    assert worker.code() == 0
    worker.line("no item in hand is that: it was not leased, or was completed before")
    assert queue.meta("done") == 3


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        ("q.lease(timeout=60)", 81, "the program ended with 0 before its queue was drained"),
        ("q.lease(timeout=60); os._exit(0)", 81, "the program ended with 0 before its queue was drained"),
        ("q.lease(lease_secs=0)", 1, "ValueError: lease was given lease_secs=0; allowed are seconds above 0"),
        ("q.lease(timeout=-1)", 1, "ValueError: lease was given timeout=-1; allowed are seconds, 0 or more, and None"),
        ("q.complete(5)", 1, "TypeError: what complete was given is 5; allowed are text and bytes"),
        ("rediswq.RedisWQ('other')", 81, "written for the queue other, the chart names"),
    ],
)
def test_a_program_that_does_not_come_to_the_end(queue: Queue, program: str, code: int, said: str) -> None:
    queue.fill("a")
    worker = queue.start(LOOP + program, QUEUE=queue.name)
    assert worker.code() == code
    worker.line(said)
    assert queue.meta("done") == 0


def test_a_program_that_raises_is_a_crash_of_what_it_has(queue: Queue) -> None:
    queue.fill("a")
    worker = queue.start(LOOP + "q.lease(timeout=60)\nraise RuntimeError('no')", QUEUE=queue.name)
    assert worker.code() == 1
    assert queue.redis.hget(queue.key("attempts"), "1").decode().split("\n")[0] == "1 1"


def test_dead_letters_end_the_process_with_80(queue: Queue) -> None:
    queue.fill("a", "b")
    loop = """
while not q.empty():
    item = q.lease(timeout=1)
    if item == b"a":
        q.fail(item, ValueError("broken"), for_good=True)
    elif item is not None:
        q.complete(item)
print("not here")
"""
    worker = queue.start(LOOP + loop, QUEUE=queue.name)
    assert worker.code() == 80
    worker.line("Queue empty, but 1 item is a dead letter")
    assert "not here" not in worker.lines
    assert '"error": "ValueError: broken"' in queue.dead()["a"]
    assert queue.start(LOOP + loop, QUEUE=queue.name, WORK_QUEUE_TOLERATE_DEAD_LETTERS="true").code() == 0


ONE_BY_ONE = """
while not q.empty():
    item = q.lease(timeout=2)
    if item is None:
        continue
    print("has " + item.decode())
    while not os.path.exists(os.environ["GO"]):
        time.sleep(0.02)
    q.complete(item)
"""


def test_sigterm_the_item_may_be_completed_and_143(queue: Queue) -> None:
    go = queue.folder / "go"
    queue.fill("a", "b")
    worker = queue.start(LOOP + ONE_BY_ONE, QUEUE=queue.name, GO=str(go))
    worker.line("^has a")
    worker.signal(signal.SIGTERM)
    until(lambda: any(queue.redis.hget(key, "leaving") for key in queue.redis.keys(queue.key("worker:*"))))
    go.touch()
    assert worker.code() == 143
    assert queue.meta("done") == 1 and queue.redis.llen(queue.name) == 1


def test_sigterm_what_is_not_completed_goes_back_uncharged(queue: Queue) -> None:
    queue.fill("a")
    worker = queue.start(LOOP + ONE_BY_ONE, QUEUE=queue.name, GO="/never", WORK_QUEUE_GRACE_MS="2300")
    worker.line("^has a")
    worker.signal(signal.SIGTERM)
    assert worker.code() == 143
    assert queue.redis.zcard(queue.key("retries")) == 1 and not queue.redis.exists(queue.key("attempts"))


def test_redis_out_of_reach_84_and_never_filled_83(queue: Queue) -> None:
    env = {"QUEUE": queue.name, "REDIS_URL": "redis://127.0.0.1:1", "WORK_QUEUE_STORE_TIMEOUT_MS": "300"}
    assert queue.start(LOOP, **env).code() == 84
    loop = "while not q.empty(): q.lease(timeout=1)"
    assert queue.start(LOOP + loop, QUEUE=queue.name, WORK_QUEUE_START_TIMEOUT_MS="300").code() == 83
