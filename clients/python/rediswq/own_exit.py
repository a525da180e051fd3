"""The exit of this process, which is 0 only where the worker decided so.

A program that ends with 0 before the queue is drained would make the Job Complete with items left. So that ends with 81,
and with a line that says what happened, however the program ends: by returning, sys.exit, os._exit, or in another exit hook.
"""

from __future__ import annotations

import atexit
import io
import logging
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any, Callable, List, NoReturn, Optional

from . import ending as codes
from .ending import Ending, write_termination_message
from .log import Log, worker_log
from .settings import termination_log

#: Tells the processes that this one starts that they are not the worker, though they inherit its environment.
_OWNER = "WORK_QUEUE_EXIT_OWNER"

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class OwnExit:
    def __init__(self) -> None:
        self._pid = os.getpid()
        self._exit: Callable[[int], NoReturn] = os._exit
        #: The code that was decided; the first one stands.
        self._decided: Optional[int] = None
        #: The code that the program gave to sys.exit.
        self._given: Optional[int] = None
        #: Whether run_worker is at work.
        self.is_running = False
        #: Workers of the loop of somebody else, and whether their queue is drained.
        self.workers: List[Callable[[], bool]] = []
        #: Called at the end of a program that leaves its worker behind, with whether it crashed.
        self.at_end: List[Callable[[bool], None]] = []
        #: The first signal that asked the process to stop.
        self.stopped_by: Optional[int] = None
        self._signals, self._wake = os.pipe()
        for fd in (self._signals, self._wake):
            os.set_blocking(fd, False)
        os.environ[_OWNER] = str(self._pid)
        self._wrap()
        atexit.register(self._at_exit)
        # Lines are there when they are printed, also where the process is killed later.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)
        os.register_at_fork(after_in_child=self._forked)
        if threading.current_thread() is threading.main_thread():
            signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
            for number in _SIGNALS:
                signal.signal(number, self._on_signal)

    @property
    def signals(self) -> int:
        """Becomes readable as soon as a signal comes, also while the main thread computes; a byte is its number."""
        return self._signals

    @property
    def signal_code(self) -> int:
        return codes.INTERRUPTED if self.stopped_by == signal.SIGINT else codes.TERMINATED

    @property
    def signal_name(self) -> str:
        return signal.Signals(self.stopped_by or signal.SIGTERM).name

    def decide(self, code: int) -> None:
        if self._decided is None:
            self._decided = code

    def end(self, code: int) -> NoReturn:
        """Ends the process at once, without exit hooks; from any thread."""
        self.decide(code)
        _flush()
        self._exit(self._decided or 0)

    def refuse(self, ending: Ending, log: Log) -> NoReturn:
        """Ends the process before its worker has begun."""
        log.own("error", f"{ending.what} (exit {ending.code})", exit=ending.code)
        write_termination_message(termination_log(os.environ), ending.what)
        if threading.current_thread() is threading.main_thread():
            self.leave(ending.code)
        self.end(ending.code)

    def leave(self, code: int) -> NoReturn:
        """Ends the process with this code, from its main thread."""
        self.decide(code)
        raise SystemExit(self._decided)

    def _forked(self) -> None:
        """What is forked hears signals for itself alone."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
        except ValueError:
            pass  # It was forked by another thread, which may not change handlers, and which they do not reach.

    def _on_signal(self, number: int, _frame: Optional[FrameType]) -> None:
        if self.stopped_by is None:
            self.stopped_by = number
        if self.is_running or self.workers:
            return  # The thread that keeps the lease has heard it.
        self._say(f"Ended by {self.signal_name} before run_worker was called (exit {self.signal_code})")
        self.leave(self.signal_code)

    def _wrap(self) -> None:
        sys_exit, os_exit = sys.exit, os._exit

        def exit_of_sys(status: Any = None, /) -> NoReturn:
            if self._is_owner:
                self._given = _code_of(status)
            sys_exit(status)

        def exit_of_os(status: int) -> NoReturn:
            if self._is_owner:
                _flush()
                os_exit(self._judged(status))
            os_exit(status)

        setattr(sys, "exit", exit_of_sys)
        setattr(os, "_exit", exit_of_os)
        for name in ("execv", "execve"):
            setattr(os, name, self._refusing(getattr(os, name)))

    def _refusing(self, execute: Callable[..., NoReturn]) -> Callable[..., NoReturn]:
        def refuse(*args: Any, **named: Any) -> NoReturn:
            if self._is_owner:
                raise RuntimeError(
                    "os.exec would let another program decide how this worker ends. Start it with subprocess instead"
                )
            execute(*args, **named)

        return refuse

    @property
    def _is_owner(self) -> bool:
        """A process that was forked is another one."""
        return os.getpid() == self._pid

    def _at_exit(self) -> None:
        if not self._is_owner:
            return
        crashed = getattr(sys, "last_type", None) is not None
        for leave in self.at_end:
            leave(crashed)
        given = self._given
        if given is None:
            # Nothing tells an exit hook of `raise SystemExit(code)`, which so counts as an exit of 0.
            given = codes.UNEXPECTED if crashed else codes.DRAINED
        code = self._judged(given)
        if code != given or self._decided is not None:
            logging.shutdown()
            _flush()
            self._exit(code)

    def _judged(self, given: int) -> int:
        """The code with which the process ends, for one that the program asks for."""
        if self._decided is not None:
            return self._decided
        code, why = self._judge(given & 0xFF)
        self._decided = code
        if why:
            self._say(f"{why} (exit {code})")
        return code

    def _judge(self, given: int) -> "tuple[int, str]":
        is_contract = given in codes.CONTRACT
        if self.is_running:
            code = self.signal_code if self.stopped_by else codes.UNEXPECTED if is_contract else given
            return code, f"something other than the worker ended the process with {given}"
        if given == codes.DRAINED and self.workers and all(is_drained() for is_drained in self.workers):
            return codes.DRAINED, ""
        if is_contract and self.stopped_by:
            return self.signal_code, f"Ended by {self.signal_name}, items are left"
        if given == codes.DRAINED:
            before = "its queue was drained" if self.workers else "run_worker was called"
            return codes.CONFIGURATION, (
                f"the program ended with 0 before {before}, so nothing says that the work is done. "
                "Go on until the worker ends the process, or `empty` is true; let errors end the program, "
                "and look whether a main guard kept it from starting"
            )
        if is_contract:
            return codes.UNEXPECTED, f"something other than the worker ended the process with {given}"
        return given, ""

    def _say(self, line: str) -> None:
        worker_log(os.environ, os.environ.get("WORK_QUEUE_NAME")).own("error", line)
        write_termination_message(termination_log(os.environ), line)


_own: Optional[OwnExit] = None


def own_exit() -> OwnExit:
    """The exit of this process, which from now on is owned."""
    global _own
    if _own is None:
        _own = OwnExit()
    return _own


def own_exit_on_import() -> None:
    """In the process of a worker, its exit is owned from the import on. Others end as they like."""
    owner = os.environ.get(_OWNER)
    is_started_by_worker = owner is not None and owner != str(os.getpid())
    is_test = "pytest" in sys.modules or "unittest" in sys.modules and "unittest.main" in sys.modules
    is_main = threading.current_thread() is threading.main_thread()
    if os.environ.get("WORK_QUEUE_NAME") and is_main and not is_started_by_worker and not is_test:
        own_exit()


def _code_of(status: object) -> int:
    """As Python has it: nothing is 0, and what is no number is written and is 1."""
    if status is None:
        return 0
    return status & 0xFF if isinstance(status, int) else 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # Whoever read it is gone.
