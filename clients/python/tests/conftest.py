"""A Redis, queues on it, and workers as processes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Pattern, Union

import pytest
import redis

PACKAGE = Path(__file__).resolve().parents[1]

#: Only a hang takes as long, also on a machine with much to do.
PATIENCE = float(os.environ.get("PATIENCE") or 240)

#: Also on a machine with much to do it is renewed in time.
LEASE_MS = 5_000


def until(what: Callable[[], Any]) -> Any:
    """Waits until something is so."""
    end = time.monotonic() + PATIENCE
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("it does not come")
        time.sleep(0.02)


class PortTaken(Exception):
    """Between the look for a free port and the start, somebody else took it."""


class RedisServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._binary = os.environ.get("REDIS_SERVER_BIN") or "redis-server"
        self._process: Optional[subprocess.Popen[bytes]] = None
        while True:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port: int = free.getsockname()[1]
            self.url = f"redis://127.0.0.1:{self.port}"
            self.client: Any = redis.Redis(port=self.port)
            try:
                self.start()
                return
            except PortTaken:
                continue

    def start(self) -> None:
        options = ["--port", str(self.port), "--dir", str(self._folder), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([self._binary, *options], stdout=subprocess.DEVNULL)
        until(self._answers)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise PortTaken(self.port)
        try:
            return bool(self.client.info("server")["process_id"] == self._process.pid)
        except redis.ConnectionError:
            return False

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.client.connection_pool.disconnect()


class Worker:
    """A worker process, and what it has written."""

    def __init__(self, program: List[str], env: Dict[str, str]) -> None:
        self.lines: List[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-B", *program],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._changed = threading.Condition()
        self._has_all = False
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._has_all = True
            self._changed.notify_all()

    def line(self, pattern: Union[str, Pattern[str]]) -> str:
        """Waits for a line."""
        with self._changed:
            end = time.monotonic() + PATIENCE
            while True:
                for line in self.lines:
                    if re.search(pattern, line):
                        return line
                if self._has_all or time.monotonic() > end:
                    raise AssertionError(f"no line {pattern!r} in:\n" + "\n".join(self.lines))
                self._changed.wait(1)

    def all(self, pattern: str) -> List[str]:
        return [match.group(1) for match in (re.search(pattern, line) for line in self.lines) if match]

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def code(self) -> int:
        """Waits for the exit code; that of a signal is negative."""
        code = self._process.wait(PATIENCE)
        until(lambda: self._has_all)
        return code

    def end(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # It and what it started have ended.
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


class Queue:
    """A queue of its own, and workers of it."""

    def __init__(self, server: RedisServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.name = f"q-{uuid.uuid4().hex[:8]}"
        self.workers: List[Worker] = []

    @property
    def redis(self) -> Any:
        return self.server.client

    def key(self, name: str) -> str:
        return f"{{{self.name}}}:{name}"

    def fill(self, *items: Union[str, bytes]) -> None:
        self.redis.rpush(self.name, *items)

    def meta(self, name: str) -> int:
        return int(self.redis.hget(self.key("meta"), name) or 0)

    def dead(self) -> Dict[str, str]:
        """Header of each dead letter by its payload."""
        letters = {}
        for value in self.redis.hvals(self.key("dead")):
            header, _, payload = value.partition(b"\n")
            letters[payload.decode()] = header.decode()
        return letters

    def env(self, **more: str) -> Dict[str, str]:
        given = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PACKAGE),
            "REDIS_URL": self.server.url,
            "WORK_QUEUE_NAME": self.name,
            "WORK_QUEUE_RUN": "run",
            "WORK_QUEUE_SETTLE_MS": "500",
            "WORK_QUEUE_LEASE_MS": str(LEASE_MS),
            "WORK_QUEUE_LOG": "text",
            "WORK_QUEUE_TERMINATION_LOG": str(self.folder / "termination"),
        }
        given.update(more)
        return {name: value for name, value in given.items() if value != "-"}

    def start(self, program: str, **env: str) -> Worker:
        """Starts a program; a variable that is `-` is not set."""
        self.workers.append(Worker(["-c", program], self.env(**env)))
        return self.workers[-1]

    def start_file(self, *program: str, **env: str) -> Worker:
        self.workers.append(Worker(list(program), self.env(**env)))
        return self.workers[-1]

    def end(self) -> None:
        for worker in self.workers:
            worker.end()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    started = RedisServer(tmp_path_factory.mktemp("redis"))
    yield started
    started.kill()


@pytest.fixture
def queue(server: RedisServer, tmp_path: Path) -> Iterator[Queue]:
    made = Queue(server, tmp_path)
    yield made
    made.end()


@pytest.fixture
def own_queue(tmp_path: Path) -> Iterator[Queue]:
    """On a Redis of its own."""
    folder = tmp_path / "redis"
    folder.mkdir()
    started = RedisServer(folder)
    made = Queue(started, tmp_path)
    yield made
    made.end()
    started.kill()


if shutil.which(os.environ.get("REDIS_SERVER_BIN") or "redis-server") is None:
    pytest.exit("NOT RUN: redis-server is not here", returncode=0)
