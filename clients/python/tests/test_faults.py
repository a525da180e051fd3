"""Kills, stops, a Redis that comes back with less, and one that is full."""

from __future__ import annotations

import signal
import time

from conftest import Queue, until

WORK = """
import os, time
from rediswq import Backoff, run_worker

def handle(item):
    what, _, detail = item.text.partition(" ")
    print(f"{item.attempt}: {item.text}")
    if what == "until":
        while not os.path.exists(detail):
            time.sleep(0.02)
        print(f"lost: {item.lost.is_set()} {type(item.lost.reason).__name__}")
    if what == "die":
        os._exit(137)
    if what == "parent":
        while not os.path.exists(detail):
            time.sleep(0.02)
        item.add([f"child {n} " + "x" * 1000 for n in range(400)])

run_worker(handle, backoff=Backoff(0.01, 0.05))
"""


def test_kill_9_in_the_middle_of_an_item_beside_another_worker(queue: Queue) -> None:
    go = queue.folder / "go"
    queue.fill(f"until {go}", f"until {go} too")
    first, second = queue.start(WORK), queue.start(WORK)
    first.line("^1: until")
    second.line("^1: until")
    first.signal(signal.SIGKILL)
    go.touch()
    (queue.folder / "go too").touch()
    assert second.code() == 0
    assert len(second.all("^([12]): until")) == 2 and "2" in second.all("^([12]): until")
    assert queue.meta("done") == 2


def test_stopped_past_its_lease_it_settles_nothing_and_goes_on(queue: Queue) -> None:
    go = queue.folder / "go"
    queue.fill(f"until {go}")
    first = queue.start(WORK)
    first.line("^1: until")
    first.signal(signal.SIGSTOP)
    second = queue.start(WORK)
    second.line("^2: until")
    first.signal(signal.SIGCONT)
    first.line("the lease was lost, another worker has this item")
    go.touch()
    assert (first.code(), second.code()) == (0, 0)
    first.line("^lost: True LeaseLostError")
    assert queue.meta("claimed") == 1 and queue.meta("done") == 1


def test_what_kills_its_worker_each_time_is_a_dead_letter(queue: Queue) -> None:
    queue.fill("die", "ok")
    codes = [queue.start(WORK, WORK_QUEUE_MAX_ATTEMPTS="2", WORK_QUEUE_LEASE_MS="2000").code() for _ in range(3)]
    assert codes == [137, 137, 80]
    assert queue.meta("done") == 1 and '"reason":"crash"' in queue.dead()["die"].replace(" ", "")


def test_a_redis_that_comes_back_with_less(own_queue: Queue) -> None:
    queue = own_queue
    go = queue.folder / "go"
    queue.fill("a", "b", f"until {go}", "c")
    worker = queue.start(WORK)
    worker.line("^1: a")
    worker.line("^1: until")
    # All of it is on disk, and what follows is not.
    queue.redis.save()
    late = queue.folder / "late"
    queue.fill(f"until {late}")
    go.touch()
    worker.line(f"^1: until {late}")
    queue.server.kill()
    queue.server.start()
    queue.fill("d")
    late.touch()
    assert worker.code() == 0
    done = set(worker.all(r"^\d: (.*)"))
    assert {"a", "b", f"until {go}", "c", "d"} <= done
    assert queue.meta("done") == queue.meta("claimed") >= 5


def test_a_full_redis_keeps_the_parent_in_hand_until_there_is_room(own_queue: Queue) -> None:
    queue = own_queue
    go = queue.folder / "go"
    queue.fill(f"parent {go}")
    worker = queue.start(WORK)
    worker.line("^1: parent")
    queue.redis.config_set("maxmemory", 1)
    go.touch()
    worker.line(r"Redis is full \(maxmemory\): what items add cannot be added yet")
    queue.redis.config_set("maxmemory", 0)
    assert worker.code() == 0
    assert queue.meta("done") == 401 and len(worker.all("^1: (child)")) == 400


def test_redis_is_away_for_a_while_and_nothing_runs_twice(own_queue: Queue) -> None:
    queue = own_queue
    go = queue.folder / "go"
    queue.fill(f"until {go}", "b")
    worker = queue.start(WORK)
    worker.line("^1: until")
    queue.redis.save()
    queue.server.kill()
    go.touch()
    worker.line("^lost")
    time.sleep(0.5)
    queue.server.start()
    assert worker.code() == 0
    assert worker.all("^([12]: .*)") == [f"1: until {go}", "1: b"]
    until(lambda: queue.meta("done") == 2)
