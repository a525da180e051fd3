"""The Lua scripts of the protocol. `npm run docs` writes scripts.json from worker/scripts/; there is no other source."""

from __future__ import annotations

import hashlib
import json
import pkgutil
from dataclasses import dataclass
from typing import Dict, List, Tuple


@dataclass(frozen=True)
class Script:
    lua: str
    #: The digest under which Redis caches it.
    sha1: str
    #: The keys that it takes, in this order. Where an incarnation's own are among them, it is the first argument.
    keys: Tuple[str, ...]


def _load() -> Dict[str, Script]:
    data = pkgutil.get_data(__name__.rpartition(".")[0], "scripts.json")
    if data is None:
        raise ImportError("scripts.json is missing beside the modules of rediswq")
    written = json.loads(data)
    scripts = {}
    for name, recipe in written["scripts"].items():
        lua = "".join(written["pieces"][piece] for piece in recipe["pieces"])
        scripts[name] = Script(lua, hashlib.sha1(lua.encode()).hexdigest(), tuple(recipe["keys"]))
    return scripts


SCRIPTS = _load()

_OF_INCARNATIONS = ("worker", "held", "running")


def key(queue: str, name: str, incarnation: object = "") -> str:
    """The key of a queue by the name that docs/protocol.md gives it; all but the list share the hash tag of the queue."""
    if name == "list":
        return queue
    return f"{{{queue}}}:{name}" + (f":{incarnation}" if name in _OF_INCARNATIONS else "")


def keys_of(script: Script, queue: str, incarnation: object) -> List[str]:
    return [key(queue, name, incarnation) for name in script.keys]
