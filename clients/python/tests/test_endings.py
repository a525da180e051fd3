"""With which exit code a process of run_worker ends, and who decides that."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from conftest import Queue, until

BY_PAYLOAD = """
import os, sys, time
from rediswq import Backoff, Unrecoverable, run_worker

def handle(item):
    what, _, detail = item.text.partition(" ")
    print(f"{item.attempt}: {item.text}")
    if what == "fail" and item.attempt <= int(detail):
        raise ValueError("not yet")
    if what == "hopeless":
        raise Unrecoverable("gone")
    if what == "until":
        while not os.path.exists(detail):
            time.sleep(0.02)
    if what == "run":
        exec(detail)

run_worker(handle, backoff=Backoff(0.01, 0.05))
"""


def test_drained_0_with_a_summary_and_a_termination_message(queue: Queue) -> None:
    queue.fill("a", "fail 1", "b")
    worker = queue.start(BY_PAYLOAD)
    assert worker.code() == 0
    summary = r"Queue empty, all done \(exit 0\); this worker: 3 done, 1 failed attempt, 0 dead letters in [\d.]+ s; queue: 3 items, 3 done, 0 dead$"
    worker.line(summary)
    until(lambda: (queue.folder / "termination").read_text().startswith("Queue empty, all done"))
    assert not queue.redis.exists(queue.key("attempts"))


def test_dead_letters_80_or_0_where_they_are_tolerated(queue: Queue) -> None:
    queue.fill("fail 9", "hopeless", "ok")
    worker = queue.start(BY_PAYLOAD, WORK_QUEUE_MAX_ATTEMPTS="2")
    assert worker.code() == 80
    worker.line(r"^\[1\] attempt 1 of 2 failed, the next one in \d+ ms: ValueError: not yet$")
    letters = queue.dead()
    assert '"error": "ValueError: not yet"' in letters["fail 9"] and '"history"' in letters["fail 9"]
    assert '"error": "Unrecoverable: gone"' in letters["hopeless"]
    assert queue.start(BY_PAYLOAD, WORK_QUEUE_TOLERATE_DEAD_LETTERS="true").code() == 0


def test_fail_fast_80_with_items_left(queue: Queue) -> None:
    queue.fill("hopeless", "a", "b")
    assert queue.start(BY_PAYLOAD, WORK_QUEUE_FAIL_FAST="true").code() == 80
    assert queue.redis.llen(queue.name) >= 1


def test_cancelled_80_and_what_runs_is_told(queue: Queue) -> None:
    queue.fill("run while not item.lost.is_set(): time.sleep(0.02)\nprint(type(item.lost.reason).__name__)\nraise ValueError")
    worker = queue.start(BY_PAYLOAD)
    worker.line("^1: run")
    queue.redis.hset(queue.key("meta"), "cancelled", 0)
    assert worker.code() == 80
    worker.line("^CancelledError$")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WORK_QUEUE_LEASE_MS", "1e4", 'WORK_QUEUE_LEASE_MS is "1e4"; allowed are whole numbers from 1000 to 3600000'),
        ("WORK_QUEUE_FAIL_FAST", "yes", 'WORK_QUEUE_FAIL_FAST is "yes"; allowed are true and false'),
        ("WORK_QUEUE_RATE", "0/5", 'WORK_QUEUE_RATE is "0/5"; allowed is ITEMS/MS'),
        ("WORK_QUEUE_NAME", "a{b}", "braces and control characters are not allowed"),
        ("WORK_QUEUE_NAME", "-", "the name of the queue is missing: set WORK_QUEUE_NAME"),
        ("WORK_QUEUE_LOG", "xml", "; allowed are json and text"),
        ("REDIS_URL", "-", "the address of Redis is missing: set REDIS_URL"),
        ("REDIS_URL", "http://me:secret@redis", 'REDIS_URL is "http://redis"; allowed is redis://host:port'),
        ("REDIS_URL", "redis+sentinel://redis", "does not say which primary the sentinels watch"),
        ("REDIS_CERT_FILE", "/a.pem", "REDIS_CERT_FILE and REDIS_KEY_FILE belong together"),
    ],
)
def test_configuration_81_by_a_variable(queue: Queue, name: str, value: str, said: str) -> None:
    worker = queue.start("from rediswq import run_worker; run_worker(print)", **{name: value})
    assert worker.code() == 81
    assert said in "\n".join(worker.lines) and "secret" not in "\n".join(worker.lines)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("run_worker(7)", "run_worker was given 7 as its handler"),
        ("run_worker(print, concurrency=0)", "concurrency=0; allowed are whole numbers from 1 to 10000"),
        ("run_worker(print, backoff=5)", "backoff=5; allowed is a Backoff"),
        ("run_worker(print, queue='other')", "was written for the queue other, the chart names"),
        ("threading.Thread(target=run_worker, args=(print,)).start(); time.sleep(60)", "run_worker was called in a thread"),
    ],
)
def test_configuration_81_by_an_argument(queue: Queue, call: str, said: str) -> None:
    worker = queue.start(f"import threading, time\nfrom rediswq import run_worker\n{call}")
    assert worker.code() == 81
    worker.line(said)


def test_configuration_81_by_what_redis_holds(queue: Queue) -> None:
    queue.redis.hset(queue.key("meta"), mapping={"version": "2", "epoch": "1-a"})
    worker = queue.start(BY_PAYLOAD)
    assert worker.code() == 81
    worker.line("protocol version 2, this worker speaks 1")
    queue.redis.set("text", "a text")
    worker = queue.start(BY_PAYLOAD, WORK_QUEUE_NAME="text")
    assert worker.code() == 81
    worker.line("Redis refuses: .*WRONGTYPE|Redis refuses: Operation against a key")


def test_a_wrong_password_at_the_start_81(queue: Queue) -> None:
    queue.redis.execute_command("ACL", "SETUSER", "me", "on", ">right", "~*", "&*", "+@all")
    (queue.folder / "password").write_text("right\n")
    queue.fill("a")
    assert queue.start(BY_PAYLOAD, REDIS_USERNAME="me", REDIS_PASSWORD="wrong").code() == 81
    file = str(queue.folder / "password")
    assert queue.start(BY_PAYLOAD, REDIS_USERNAME="me", REDIS_PASSWORD="wrong", REDIS_PASSWORD_FILE=file).code() == 0


def test_data_lost_82(queue: Queue) -> None:
    go = queue.folder / "go"
    queue.fill(f"until {go}", "b")
    worker = queue.start(BY_PAYLOAD)
    worker.line("^1: until")
    queue.redis.delete(queue.name, queue.key("meta"))
    go.touch()
    assert worker.code() == 82
    worker.line("data lost: Redis came back without the queue")


def test_never_filled_83(queue: Queue) -> None:
    worker = queue.start(BY_PAYLOAD, WORK_QUEUE_START_TIMEOUT_MS="300")
    assert worker.code() == 83
    worker.line("was not filled within 0.3 s")


def test_redis_out_of_reach_84(queue: Queue) -> None:
    worker = queue.start(BY_PAYLOAD, REDIS_URL="redis://127.0.0.1:1", WORK_QUEUE_STORE_TIMEOUT_MS="300")
    assert worker.code() == 84
    worker.line("Redis did not answer for 0.3 s")


def test_a_handler_that_hangs_85_and_only_its_item_is_charged(queue: Queue) -> None:
    queue.fill(f"until {queue.folder / 'never'}", f"until {queue.folder / 'never'} too")
    worker = queue.start(BY_PAYLOAD, WORK_QUEUE_ITEM_TIMEOUT_MS="200", WORK_QUEUE_CONCURRENCY="1")
    assert worker.code() == 85
    assert queue.redis.zcard(queue.key("retries")) == 1 and queue.redis.llen(queue.name) == 1
    charge, failure = queue.redis.hget(queue.key("attempts"), "1").decode().split("\n")
    assert charge == "1 0"
    assert "ItemTimeoutError: did not return 5000 ms after its timeout of 200 ms" in failure


def test_sigterm_143_the_item_may_end(queue: Queue) -> None:
    go = queue.folder / "go"
    queue.fill(f"until {go}", "b")
    worker = queue.start(BY_PAYLOAD)
    worker.line("^1: until")
    worker.signal(signal.SIGTERM)
    worker.line("^SIGTERM: no new items; running items may finish within 28 s")
    until(lambda: any(queue.redis.hget(key, "leaving") for key in queue.redis.keys(queue.key("worker:*"))))
    go.touch()
    assert worker.code() == 143
    assert queue.meta("done") == 1 and queue.redis.llen(queue.name) == 1


def test_sigterm_143_what_does_not_end_goes_back_uncharged(queue: Queue) -> None:
    queue.fill(f"until {queue.folder / 'never'}")
    worker = queue.start(BY_PAYLOAD, WORK_QUEUE_GRACE_MS="2500")
    worker.line("^1: until")
    worker.signal(signal.SIGTERM)
    assert worker.code() == 143
    assert queue.redis.zcard(queue.key("retries")) == 1
    assert not queue.redis.exists(queue.key("attempts")) and not queue.redis.exists(queue.key("leases"))


def test_sigterm_143_while_it_waits_for_items(queue: Queue) -> None:
    worker = queue.start(BY_PAYLOAD)
    worker.line("^Waiting: ")
    worker.signal(signal.SIGTERM)
    assert worker.code() == 143


def test_sigterm_143_before_run_worker_was_called(queue: Queue) -> None:
    worker = queue.start("import rediswq, time\nprint('here')\ntime.sleep(60)\n")
    worker.line("^here")
    worker.signal(signal.SIGTERM)
    assert worker.code() == 143
    worker.line("before run_worker was called")


def test_a_second_sigint_130_at_once(queue: Queue) -> None:
    queue.fill(f"until {queue.folder / 'never'}")
    worker = queue.start(BY_PAYLOAD)
    worker.line("^1: until")
    worker.signal(signal.SIGINT)
    worker.line("^SIGINT: no new items")
    worker.signal(signal.SIGINT)
    assert worker.code() == 130
    assert not queue.redis.exists(queue.key("attempts"))


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("pass", 81),
        ("sys.exit(0)", 81),
        ("sys.exit()", 81),
        ("os._exit(0)", 81),
        ("raise SystemExit(0)", 81),
        ("atexit.register(lambda: os._exit(0))", 81),
        ("sys.exit(3)", 3),
        ("sys.exit('words')", 1),
        ("os._exit(3)", 3),
        ("sys.exit(80)", 1),
        ("raise ValueError('no')", 1),
        ("os.execv('/bin/true', ['true'])", 1),
        ("subprocess.run([sys.executable, '-c', 'import rediswq'], check=True); sys.exit(4)", 4),
        ("pid = os.fork()\nif pid == 0: sys.exit(0)\nsys.exit(4 if os.waitpid(pid, 0)[1] == 0 else 5)", 4),
        ("pid = os.fork()\nif pid == 0: os._exit(0)\nsys.exit(4 if os.waitpid(pid, 0)[1] == 0 else 5)", 4),
        (
            "fork = multiprocessing.get_context('fork')\n"
            "begun = fork.Event()\n"
            "p = fork.Process(target=lambda: (begun.set(), time.sleep(600)))\n"
            "p.start(); begun.wait(); p.terminate(); p.join(); sys.exit(4)",
            4,
        ),
    ],
)
def test_a_program_that_ends_before_the_worker_began(queue: Queue, program: str, code: int) -> None:
    worker = queue.start(f"import atexit, multiprocessing, os, subprocess, sys, time\nimport rediswq\n{program}")
    assert worker.code() == code
    if code == 81:
        worker.line(r"the program ended with 0 before run_worker was called.*\(exit 81\)$")


def test_who_is_no_worker_ends_as_it_likes(queue: Queue) -> None:
    assert queue.start("import rediswq", WORK_QUEUE_NAME="-").code() == 0


@pytest.mark.parametrize(
    ("program", "code"),
    [("sys.exit(0)", 1), ("sys.exit(80)", 1), ("sys.exit(7)", 7), ("raise KeyboardInterrupt", 1), ("os._exit(0)", 1)],
)
def test_a_handler_ends_the_process(queue: Queue, program: str, code: int) -> None:
    queue.fill(f"run {program}")
    worker = queue.start(BY_PAYLOAD)
    assert worker.code() == code
    if "_exit" not in program:
        assert queue.redis.hget(queue.key("attempts"), "1").decode().split("\n")[0] == "1 1"


def test_an_exit_hook_does_not_change_what_was_decided(queue: Queue) -> None:
    queue.fill("hopeless")
    hook = "import atexit, os\natexit.register(lambda: os._exit(0))\n"
    assert queue.start(hook + BY_PAYLOAD).code() == 80


def test_json_lines_where_that_is_asked_for(queue: Queue, tmp_path: Path) -> None:
    import json

    queue.fill("run item.log('said', id='mine', size=3)")
    worker = queue.start(BY_PAYLOAD, WORK_QUEUE_LOG="json", WORK_QUEUE_WORKER="me")
    assert worker.code() == 0
    said = json.loads(worker.line('"said"'))
    assert {**said, "time": ""} == {
        "time": "",
        "level": "info",
        "msg": "said",
        "queue": queue.name,
        "worker": "me",
        "id": 1,
        "attempt": 1,
        "size": 3,
        "fields": {"id": "mine"},
    }
