"""The address of a Redis, taken apart."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import List, Optional, Tuple
from urllib.parse import unquote

from .ending import ConfigurationError

_PARTS = re.compile(r"(rediss?)(\+sentinel)?://(?:(.*)@)?([^/]*)(?:/(.*))?", re.I | re.S)
_ALLOWED = (
    "allowed is redis://host:port or rediss://host:port (TLS), with an optional /database number; "
    "redis://host:port,host:port for nodes of a Redis Cluster; "
    "redis+sentinel://host:port,host:port/name-of-the-primary/database for sentinels, and rediss+sentinel://"
)


@dataclass(frozen=True)
class RedisUrl:
    tls: bool
    #: Whom to ask: the server itself; nodes of a Redis Cluster; or the sentinels, where there is a primary_name.
    seeds: Tuple[Tuple[str, int], ...]
    primary_name: Optional[str]
    database: int
    username: Optional[str]
    password: Optional[str]

    @property
    def is_cluster(self) -> bool:
        return self.primary_name is None and len(self.seeds) > 1


def parse_redis_url(url: str, what: str) -> RedisUrl:
    """Takes an address apart; what is raised calls it `what`, and repeats no password."""
    match = _PARTS.fullmatch(url.strip())
    shown = '"' + re.sub(r"//.*@", "//", url, flags=re.S) + '"'
    problem = ConfigurationError(f"{what} is {shown}; {_ALLOWED}")
    if not match:
        raise problem
    scheme, sentinel, user, places, path = match.groups(default="")
    if re.search(r"[#?/]", user):
        raise ConfigurationError(
            f"{what} has a user name or password with #, ? or /, which ends it in an address: percent-encode it, "
            "or give it in REDIS_USERNAME and REDIS_PASSWORD"
        )
    name, database = path.partition("/")[::2] if sentinel else ("", path)
    seeds = _nodes_of(places, 26_379 if sentinel else 6_379)
    if not seeds or not re.fullmatch(r"[0-9]*", database) or re.search(r"[\s?#]", name):
        raise problem
    if sentinel and not name:
        raise ConfigurationError(
            f"{what} is {shown}, which does not say which primary the sentinels watch: write its name at the end, "
            "as in redis+sentinel://host:26379/mymaster"
        )
    if not sentinel and len(seeds) > 1 and int(database or 0) > 0:
        raise ConfigurationError(
            f"{what} is {shown}, and several nodes are those of a Redis Cluster, which has database 0 only: "
            f"leave /{database} out"
        )
    username, _, password = user.partition(":")
    return RedisUrl(
        tls=scheme.lower() == "rediss",
        seeds=tuple(seeds),
        primary_name=unquote(name) or None,
        database=int(database or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
    )


def _nodes_of(places: str, port: int) -> List[Tuple[str, int]]:
    nodes = [_node_of(place, port) for place in places.split(",")]
    found = [node for node in nodes if node is not None]
    return found if len(found) == len(nodes) else []


def _node_of(place: str, standard: int) -> Optional[Tuple[str, int]]:
    """Kubernetes puts an IPv6 address in front of a port without brackets."""
    match = re.fullmatch(r"(\[[^\[\]]*\]|[^\[\]]*?)(?::([0-9]+))?", place)
    if not match:
        return None
    host, port = match.group(1), int(match.group(2) or standard)
    if _is_ipv6(place) and not _is_host(host):
        host, port = place, standard
    if not _is_host(host) or not 1 <= port <= 65_535:
        return None
    return host.strip("[]"), port


def _is_host(text: str) -> bool:
    if text.startswith("["):
        return _is_ipv6(text.strip("[]"))
    return _is_ipv6(text) or re.fullmatch(r"[^\s:/?#@%\[\]\\]+", text) is not None


def _is_ipv6(text: str) -> bool:
    try:
        return isinstance(ipaddress.ip_address(text), ipaddress.IPv6Address)
    except ValueError:
        return False
