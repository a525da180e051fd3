"""A worker process as Redis knows it: a name that is never used twice, and exchanges that are numbered."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

from .ending import DATA_LOST, ConfigurationError, Counts, Ending
from .settings import Settings
from .store import Store

_PROTOCOL_VERSION = "1"
_LOOK_AHEAD_BYTES = 1_048_576

More = Dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """One item that an exchange handed out."""

    id: int
    position: int
    payload: bytes
    token: int
    attempts: int
    postponed: int
    charged: bool
    #: It has to run with nothing beside it, because a worker crashed over it.
    alone: bool
    #: JSON that an earlier attempt left.
    resumed: Optional[str]


@dataclass(frozen=True)
class Work:
    claims: Sequence[Claim]
    more: More = field(default_factory=dict)


@dataclass(frozen=True)
class Held:
    due: Optional[int]
    more: More = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    why: str
    #: When to ask again, in ms; None: whenever one likes.
    due: Optional[int]
    gap: int
    #: Workers that hold nothing.
    idle: int
    more: More = field(default_factory=dict)


@dataclass(frozen=True)
class Stale:
    more: More = field(default_factory=dict)


@dataclass(frozen=True)
class Over:
    """`drained`, `spare` or `left`."""

    kind: str
    counts: Counts
    more: More = field(default_factory=dict)


Answer = Union[Work, Held, Wait, Stale, Over]


class Incarnation:
    def __init__(self, name: str, epoch: str, found_empty: bool) -> None:
        self.name = name
        self.epoch = epoch
        #: Whether the list was empty when it came.
        self.found_empty = found_empty
        #: Number of the last exchange.
        self.number = 0
        #: Name of the last answer; 0: none yet.
        self.answer = 0

    @staticmethod
    def enter(store: Store, settings: Settings, epoch: str, earlier: Sequence[str], patience: Patience) -> Incarnation:
        """Registers a new incarnation.

        Raises Ending with 82 where the epoch in which this process worked before is gone, with 81 for another version.
        """
        name = secrets.token_hex(8)
        options: Dict[str, object] = {"earlier": list(earlier)}
        if settings.rate:
            options["rate"] = settings.rate
        if settings.fail_fast:
            options["failFast"] = True
        if settings.endless:
            options["endless"] = True
        if settings.spare_after is not None:
            options["spare"] = settings.spare_after
        args = (
            name,
            settings.lease,
            settings.run,
            settings.batch,
            settings.settle,
            settings.max_attempts,
            settings.worker,
            epoch,
            json.dumps(options),
        )
        reply = store.insist(lambda: store.call("enter", *args), patience)
        kind, detail = _text(reply[0]), _text(reply[1])
        if kind == "lost":
            raise Ending(DATA_LOST, f"data lost: {detail}")
        if kind == "version":
            raise ConfigurationError(
                f"the queue {settings.queue} was written by protocol version {detail}, this worker speaks "
                f"{_PROTOCOL_VERSION}; use an image of that version, or another queue name"
            )
        return Incarnation(name, detail, int(reply[3]) == 0)

    def exchange(
        self,
        store: Store,
        advance: int,
        outcomes: bytes,
        back_from: Optional[int],
        want: int,
        is_leaving: Callable[[], bool],
        patience: Patience,
    ) -> Answer:
        """One numbered exchange, sent until it is answered.

        Raises Ending with 82 where the queue is not what it was.
        """
        self.number += 1
        head = (self.name, self.number, self.epoch, advance, outcomes, "" if back_from is None else back_from)
        asks = (want, max(want, 0), _LOOK_AHEAD_BYTES, self.answer)
        # The salt tells copies of an exchange apart.
        reply = store.insist(
            lambda: store.call("exchange", *head, *asks, secrets.randbits(52), 1 if is_leaving() else ""), patience
        )
        return self._parsed(reply)

    def token_of(self, claim: Claim) -> str:
        return f"{claim.token:016d}-{self.epoch}"

    def _parsed(self, reply: Sequence[Any]) -> Answer:
        kind = _text(reply[0])
        if kind == "work":
            self.answer = int(reply[7])
            more = _more(reply[8])
            return Work(_claims(reply, more), more)
        if kind == "held":
            self.answer = int(reply[1])
            return Held(_optional(reply[2]), _more(reply[3]))
        if kind == "wait":
            self.answer = int(reply[6])
            return Wait(_text(reply[2]), _optional(reply[3]), int(reply[4]), int(reply[5]), _more(reply[7]))
        self.answer = 0
        if kind == "stale":
            return Stale()
        if kind == "lost":
            raise Ending(DATA_LOST, f"data lost: {_text(reply[1])}")
        return Over(kind, _counts(reply))


#: How many seconds Redis may be silent.
Patience = Callable[[], float]


def _claims(reply: Sequence[Any], more: More) -> List[Claim]:
    first, alone, token, payloads = int(reply[2]), _text(reply[5]) == "1", int(reply[6]), reply[9]
    ids: List[int] = []
    for segment in _text(reply[3]).split():
        start, count = (int(part) for part in segment.split(":"))
        ids.extend(range(start, start + count))
    charges = {}
    for charge in _text(reply[4]).split():
        place, *parts = (int(part) for part in charge.split(":"))
        charges[place] = parts
    resumed = more.get("resumed", {})
    claims = []
    for place, payload in enumerate(payloads):
        charge_of = charges.get(place)
        claims.append(
            Claim(
                id=ids[place],
                position=first + place,
                payload=payload,
                token=token + 1 + place,
                attempts=charge_of[0] if charge_of else 0,
                postponed=charge_of[2] if charge_of and len(charge_of) > 2 else 0,
                charged=charge_of is not None,
                alone=alone,
                resumed=resumed.get(str(ids[place])),
            )
        )
    return claims


def _counts(reply: Sequence[Any]) -> Counts:
    claimed, done, dead, dropped = (int(part) for part in reply[2:6])
    finals = _text(reply[6]) if len(reply) > 6 else ""
    made, ended, given_up = (int(part) for part in finals.split(":")) if finals else (0, 0, 0)
    return Counts(claimed - made, done - ended, dead - given_up, dropped, given_up > 0)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _optional(value: Any) -> Optional[int]:
    text = _text(value)
    return int(float(text)) if text else None


def _more(value: Any) -> More:
    text = _text(value)
    more: More = json.loads(text) if text else {}
    return more
