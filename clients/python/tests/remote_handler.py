"""A worker whose handler is somewhere else, for tests that are written in another language.

It connects to the Unix socket that REMOTE_HANDLER names, and tells and is told lines of JSON:

- `{"start":{"call":N,"id":…,"attempt":…,"postponed":…,"token":"…","payload":"<base64>","resumed":…}}` for each item,
  without `resumed` where no earlier attempt left anything;
- `{"abort":{"call":N,"reason":"ItemTimeoutError"}}` when the item is lost;
- and hears `{"call":N,"do":…}`: `checkpoint`, `progress`, `add`, `log`, `slowDown`; `crash`, which ends the process as
  sys.exit in a handler does; and at last `return` or `throw`.

What a call of the item raises, such as a checkpoint that is too large, is told as
`{"refused":{"call":N,"do":…,"error":"TypeError: …"}}`, and the attempt goes on; with `"strict":true` it fails the attempt.

SCENARIO_OPTIONS is JSON: `{"results":true,"backoff":{"base":40,"max":400},"concurrency":3}`, times in ms.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import socket
import sys
import threading
from typing import Any, Dict, Optional

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True

from rediswq import Backoff, Item, RetryLater, Unrecoverable, run_worker  # noqa: E402
from rediswq.errors import text_of  # noqa: E402

Message = Dict[str, Any]


class Remote:
    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._sending = threading.Lock()
        self._calls = 0
        self._inboxes: Dict[int, "queue.Queue[Message]"] = {}
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, message: Message) -> None:
        data = json.dumps(message).encode() + b"\n"
        with self._sending:
            self._socket.sendall(data)

    def handle(self, item: Item) -> Any:
        with self._sending:
            self._calls += 1
            call = self._calls
        inbox = self._inboxes[call] = queue.Queue()
        payload = base64.b64encode(item.payload).decode()
        start: Message = {"call": call, "id": item.id, "attempt": item.attempt, "postponed": item.postponed}
        start.update(token=item.token, payload=payload)
        if item.resumed is not None:
            start["resumed"] = item.resumed
        self.send({"start": start})
        ended = threading.Event()
        threading.Thread(target=self._watch, args=(call, item, ended), daemon=True).start()
        try:
            return self._obey(call, item, inbox)
        finally:
            ended.set()

    def _obey(self, call: int, item: Item, inbox: "queue.Queue[Message]") -> Any:
        while True:
            message = inbox.get()
            do = message["do"]
            if do == "return":
                return message.get("value")
            if do == "throw":
                raise thrown(message)
            if do == "crash":
                sys.exit(1)
            try:
                act(item, do, message)
            except Exception as error:  # noqa: BLE001
                if message.get("strict"):
                    raise
                self.send({"refused": {"call": call, "do": do, "error": text_of(error)}})

    def _watch(self, call: int, item: Item, ended: threading.Event) -> None:
        while not item.lost.wait(0.02):
            if ended.is_set():
                return
        self.send({"abort": {"call": call, "reason": type(item.lost.reason).__name__}})

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                self._inboxes[message["call"]].put(message)
        # Whoever started it is gone.
        os.kill(os.getpid(), 9)


def act(item: Item, do: str, message: Message) -> None:
    if do == "checkpoint":
        item.checkpoint(message.get("value"))
    elif do == "progress":
        item.progress(message["fraction"], message.get("text", ""))
    elif do == "add":
        items = [base64.b64decode(each) for each in message["items"]]
        keys: Optional[Any] = message.get("keys")
        if keys is None:
            item.add(items, front=bool(message.get("front")))
        else:
            left = iter(keys)
            item.add(items, key=lambda _: str(next(left)), front=bool(message.get("front")))
    elif do == "log":
        item.log.write(message.get("level", "info"), message["text"], message.get("fields", {}))
    elif do == "slowDown":
        item.slow_down(message["ms"] / 1_000)
    else:
        raise ValueError(f"there is no {do}")


def thrown(message: Message) -> BaseException:
    """An error whose text is the message; a name in front of a colon is that of its class."""
    kind, text = message["kind"], message.get("message", "")
    if kind == "later":
        return RetryLater(message["ms"] / 1_000, text or "not now")
    base = Unrecoverable if kind == "unrecoverable" else Exception
    name, colon, rest = text.partition(": ")
    if not colon or " " in name:
        name, rest = text, ""
    made: BaseException = type(name or "Error", (base,), {"__module__": __name__})(rest)
    return made


if __name__ == "__main__":
    options = json.loads(os.environ.get("SCENARIO_OPTIONS") or "{}")
    given = options.get("backoff")
    run_worker(
        Remote(os.environ["REMOTE_HANDLER"]).handle,
        results=bool(options.get("results")),
        concurrency=options.get("concurrency"),
        backoff=Backoff(given.get("base", 1_000) / 1_000, given.get("max", 300_000) / 1_000) if given else None,
    )
