"""Log lines: text on a terminal, JSON off it, or as WORK_QUEUE_LOG has it; or a logger of the standard library."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from datetime import datetime, timezone
from typing import Any, Dict, Mapping, Optional

from .ending import Ending
from .settings import Environment, log_format, worker_name

#: Container runtimes cut a line of more bytes in two.
_LINE_BYTES = 16_000
_TEXT = 4_000
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_writing = threading.RLock()


class Log:
    """Writes lines; it never raises, as what an item came to does not depend on who hears of it."""

    def __init__(
        self, as_json: bool, fields: Mapping[str, object], label: str = "", logger: Optional[logging.Logger] = None
    ) -> None:
        self._as_json = as_json
        self._fields = fields
        self._label = label
        self._logger = logger

    def of_item(self, item_id: int, attempt: int) -> Log:
        fields: Dict[str, object] = {**self._fields, "id": item_id, "attempt": attempt}
        return Log(self._as_json, fields, f"[{item_id}] ", self._logger)

    def __call__(self, text: object, **fields: object) -> None:
        self.write("info", text, fields)

    def debug(self, text: object, **fields: object) -> None:
        self.write("debug", text, fields)

    def info(self, text: object, **fields: object) -> None:
        self.write("info", text, fields)

    def warn(self, text: object, **fields: object) -> None:
        self.write("warn", text, fields)

    warning = warn

    def error(self, text: object, **fields: object) -> None:
        self.write("error", text, fields)

    def own(self, level: str, text: str, **fields: object) -> None:
        """A line of the worker itself, whose words say what its fields say."""
        self.write(level, text, fields, in_words=False)

    def write(self, level: str, text: object, fields: Mapping[str, object], in_words: bool = True) -> None:
        try:
            words = str(text)
            given = {name: value for name, value in fields.items() if name not in self._fields}
            hidden = {name: value for name, value in fields.items() if name in self._fields}
            if hidden:
                # Nothing hides which item it is.
                given["fields"] = hidden
            if self._logger is not None:
                extra = {"rediswq": {**self._fields, **given}}
                self._logger.log(_LEVELS[level], "%s", self._label + words, extra=extra)
            elif self._as_json:
                _print(sys.stdout, self._json_line(level, words, given))
            else:
                told = "".join(f" {name}={_value(value)}" for name, value in given.items()) if in_words else ""
                lines = words.split("\n")
                lines[-1] += told
                stream = sys.stderr if level in ("warn", "error") else sys.stdout
                for line in lines:
                    _print(stream, self._text_line(level, line, stream))
        except Exception:  # noqa: BLE001
            pass  # There is nowhere left to say it.

    def _text_line(self, level: str, line: str, stream: Any) -> str:
        head = ""
        if stream.isatty():
            head = f"{datetime.now().strftime('%H:%M:%S.%f')[:-3]} {level.upper():<5} "
        return head + self._label + line

    def _json_line(self, level: str, words: str, given: Mapping[str, object]) -> str:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        head: Dict[str, object] = {**_head(now, level, cut(words, 2 * _TEXT)), **self._fields}
        line = _json({**head, **given})
        if len(line.encode("utf-8", "replace")) <= _LINE_BYTES:
            return line
        shorter: Dict[str, object] = {**head, "msg": cut(words, 2_000), "fields": cut(_json(given), _TEXT)}
        return _json(shorter)


def worker_log(env: Environment, queue: Optional[str], logger: Optional[logging.Logger] = None) -> Log:
    """What a worker writes to: the logger that it was given, or the console."""
    try:
        wanted = log_format(env)
    except Ending:
        wanted = None
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    fields: Dict[str, object] = {"queue": queue} if queue else {}
    fields["worker"] = worker_name(env)
    return Log(wanted == "json" or (wanted is None and not is_terminal), fields, logger=logger)


def cut(text: str, most: int) -> str:
    """At most so many characters of it, and how many there were."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def _print(stream: Any, line: str) -> None:
    with _writing:
        try:
            stream.write(f"{line}\n")
        except UnicodeEncodeError:
            stream.write(line.encode("ascii", "backslashreplace").decode() + "\n")
        stream.flush()


def _json(value: object) -> str:
    return json.dumps(value, default=repr, ensure_ascii=False, skipkeys=True).replace("\u2028", "\\u2028")


def _head(now: str, level: str, words: str) -> Dict[str, object]:
    return {"time": now, "level": level, "msg": words}


def _value(value: object) -> str:
    if isinstance(value, str):
        return value if re.fullmatch(r'[^\s"=]+', value) else json.dumps(value)
    return cut(_json(value), 1_000)
