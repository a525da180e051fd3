"""A connection to the Redis of a queue, with a deadline for each call. Each thread has its own."""

from __future__ import annotations

import logging
import random
import time
from typing import Any, Callable, Dict, Optional

import redis
import redis.sentinel
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    NoScriptError,
    ReadOnlyError,
    RedisClusterException,
)
from redis.retry import Retry

from .ending import STORE_UNREACHABLE, ConfigurationError, Ending
from .scripts import SCRIPTS, keys_of
from .settings import StoreAddress

StoreError = redis.RedisError

# What the client logs of errors that it raises, this package tells in lines of its own. A program's own handlers still hear it.
logging.getLogger("redis").addHandler(logging.NullHandler())

#: A Redis that is asked again and again gets so many seconds in between, at random.
_PAUSE = (0.1, 0.5)


class Store:
    """Speaks to one server, to the primary that sentinels name, or to a cluster, by what the address is."""

    def __init__(self, address: StoreAddress, queue: str, deadline: float, store_timeout: float) -> None:
        self.queue = queue
        self._address = address
        self._deadline = deadline
        self._store_timeout = store_timeout
        self._client: Any = None
        self._answered = False

    def call(self, script: str, *args: object) -> Any:
        """Runs a script of the protocol, once."""
        wanted = SCRIPTS[script]
        keys = keys_of(wanted, self.queue, args[0] if args else "")
        try:
            return self.command("EVALSHA", wanted.sha1, len(keys), *keys, *args)
        except NoScriptError:
            return self.command("EVAL", wanted.lua, len(keys), *keys, *args)

    def command(self, *args: Any) -> Any:
        """Sends a command, once."""
        try:
            reply = self._connected().execute_command(*args)
        except redis.ResponseError as error:
            if _is_denied(error) or isinstance(error, ReadOnlyError):
                self.close()
            raise
        except (redis.ConnectionError, redis.TimeoutError, RedisClusterException, OSError) as error:
            # A new client asks the name service, the sentinels and the password file anew. A server that has become a
            # replica keeps its connections and goes on answering.
            self.close()
            if isinstance(error, redis.RedisError):
                raise
            raise redis.ConnectionError(str(error)) from error
        self._answered = True
        return reply

    def insist(self, ask: Callable[[], Any], patience: Callable[[], float] = lambda: float("inf")) -> Any:
        """Asks until there is an answer: every call may run twice.

        `patience` is how many seconds Redis may be silent where that is less than the store timeout.
        Raises Ending with 81 for what no waiting mends, and with 84 for a Redis that stays silent.
        """
        silent_since: Optional[float] = None
        while True:
            try:
                return ask()
            except StoreError as error:
                self._refuse(error)
                now = time.monotonic()
                silent_since = now if silent_since is None else silent_since
                most = min(self._store_timeout, patience())
                if now - silent_since >= most:
                    raise Ending(
                        STORE_UNREACHABLE, f"Redis did not answer for {most:g} s: {_words(error)}"
                    ) from error
                time.sleep(min(random.uniform(*_PAUSE), max(0.0, most - (now - silent_since))))

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close()
            except (StoreError, OSError):
                pass  # It is not used any more.

    def _refuse(self, error: StoreError) -> None:
        if "WRONGTYPE" in str(error) or (_is_denied(error) and not self._answered):
            raise ConfigurationError(f"Redis refuses: {_words(error)}") from error

    def _connected(self) -> Any:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> Any:
        address, url = self._address, self._address.url
        username, password = address.username or url.username, address.password or url.password
        if address.password_file:
            password = _read_password(address.password_file)
        options: Dict[str, Any] = {
            "socket_timeout": self._deadline,
            "socket_connect_timeout": self._deadline,
            "socket_keepalive": True,
        }
        # The password file is read anew for a password that was changed meanwhile, by a new client.
        if url.tls:
            options.update(ssl=True, ssl_check_hostname=True)
            for name, file in (
                ("ssl_ca_certs", address.ca_file),
                ("ssl_certfile", address.cert_file),
                ("ssl_keyfile", address.key_file),
            ):
                if file:
                    options[name] = file
        own = {**options, **{k: v for k, v in (("username", username), ("password", password)) if v}}
        try:
            if url.primary_name is not None:
                asked = dict(options)
                sentinel_password = address.sentinel_password
                if address.sentinel_password_file:
                    sentinel_password = _read_password(address.sentinel_password_file)
                if address.sentinel_username:
                    asked["username"] = address.sentinel_username
                if sentinel_password:
                    asked["password"] = sentinel_password
                sentinels = redis.sentinel.Sentinel(list(url.seeds), sentinel_kwargs=asked, **own)
                return sentinels.master_for(url.primary_name, db=url.database, retry=Retry(NoBackoff(), 0))
            if url.is_cluster:
                nodes = [redis.cluster.ClusterNode(host, port) for host, port in url.seeds]
                return redis.RedisCluster(startup_nodes=nodes, cluster_error_retry_attempts=1, **own)
            host, port = url.seeds[0]
            return redis.Redis(host=host, port=port, db=url.database, retry=Retry(NoBackoff(), 0), **own)
        except OSError as error:
            # Of a certificate that is not there, for one.
            raise redis.ConnectionError(str(error)) from error


def _read_password(file: str) -> str:
    try:
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
    except OSError as error:
        raise redis.ConnectionError(f"the password file cannot be read: {error}") from error
    return text[:-1] if text.endswith("\n") else text


def _is_denied(error: StoreError) -> bool:
    """Older clients have no class for some of these."""
    text = str(error)
    is_denied = text.startswith(("WRONGPASS", "NOAUTH", "NOPERM")) or "invalid username-password pair" in text
    return is_denied or isinstance(error, (AuthenticationError, NoPermissionError))


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
