"""A worker written from docs/protocol.md, with the standard Redis client. The scripts come from that page."""
import json, os, random, re, secrets, signal, sys, threading, time
from types import SimpleNamespace

import redis


def work(payload, item):
    """Your work. Raise to have the item tried again; raise Hopeless to give it up; a value is kept as its result."""
    print(f"Working on {payload.decode()}", flush=True)
    time.sleep(0.5)  # Put your actual work here.


class Hopeless(Exception):
    """This item will never work."""


class Ending(Exception):
    """How this process ends: exit code, reason."""


def env(name, default):
    return os.environ.get(name) or default


QUEUE, RUN, BATCH = env("WORK_QUEUE_NAME", "job2"), env("WORK_QUEUE_RUN", ""), env("WORK_QUEUE_BATCH", "")
LEASE, SETTLE = int(env("WORK_QUEUE_LEASE_MS", 10_000)), int(env("WORK_QUEUE_SETTLE_MS", 30_000))
START_TIMEOUT = int(env("WORK_QUEUE_START_TIMEOUT_MS", 600_000)) / 1000
STORE_TIMEOUT = int(env("WORK_QUEUE_STORE_TIMEOUT_MS", 300_000)) / 1000
ITEM_TIMEOUT = int(env("WORK_QUEUE_ITEM_TIMEOUT_MS", 0)) / 1000
GRACE = max(0, int(env("WORK_QUEUE_GRACE_MS", 30_000)) / 1000 - 2)
WORKER = env("WORK_QUEUE_WORKER", env("HOSTNAME", ""))
MAX_ATTEMPTS = int(env("WORK_QUEUE_MAX_ATTEMPTS", 3))
PAGE = env("WORK_QUEUE_PROTOCOL", os.path.join(os.path.dirname(os.path.abspath(__file__)), "protocol.md"))


def read_scripts(page):
    pieces = dict(re.findall(r"^### `([\w ]+)`\n\n```lua\n(.*?)^```", page, re.M | re.S))
    table = re.findall(r"^\| (\w+) \| ([\w, ]+) \| (`.* itself`) \|$", page, re.M)
    lua = {name: "".join(pieces[piece] for piece in re.findall(r"`([^`]+)`", parts)) for name, _, parts in table}
    return {name: (lua[name], keys.split(", ")) for name, keys, _ in table}


def bracketed(url):
    """Kubernetes puts an IPv6 address in front of a port as it is; in a URL it stands in brackets."""
    return re.sub(r"^(rediss?://)([0-9a-fA-F.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*):(\d+)", r"\1[\2]:\3", url)


def password():
    """As it is at the start; a worker that outlives it ends, and the next one reads the new one."""
    path = env("REDIS_PASSWORD_FILE", "")
    if not path:
        return env("REDIS_PASSWORD", "")
    with open(path, encoding="utf-8") as file:
        return re.sub(r"\n\Z", "", file.read())


def key(name, incarnation):
    own = f":{incarnation}" if name in ("worker", "held", "running") else ""
    return QUEUE if name == "list" else f"{{{QUEUE}}}:{name}{own}"


class Worker:
    def __init__(self, handler):
        client = redis.Redis.from_url(
            bracketed(env("REDIS_URL", "redis://redis:6379")), socket_timeout=max(0.25, LEASE / 4000),
            **{k: v for k, v in {
                "username": env("REDIS_USERNAME", ""), "password": password(),
                "ssl_ca_certs": env("REDIS_CA_FILE", ""),
                "ssl_certfile": env("REDIS_CERT_FILE", ""), "ssl_keyfile": env("REDIS_KEY_FILE", ""),
            }.items() if v})
        with open(PAGE, encoding="utf-8") as page:
            scripts = read_scripts(page.read())
        self.scripts = {name: (client.register_script(lua), keys) for name, (lua, keys) in scripts.items()}
        self.client, self.handler, self.answered = client, handler, False
        self.session, self.epoch, self.number, self.answer = None, "", 0, 0
        self.sessions = []
        self.item, self.seen, self.waiting_since = None, False, None
        self.stopping, self.leave_by, self.over = threading.Event(), None, False

    def call(self, script, *args):
        try:
            run, names = self.scripts[script]
            return run(keys=[key(name, args[0]) for name in names], args=args)
        except redis.exceptions.ReadOnlyError:
            # It became a replica; a new connection leads to the new primary.
            self.client.connection_pool.disconnect(inuse_connections=False)
            raise

    def insist(self, script, *args, salted=False):
        """Sends the same until there is an answer: every call may run twice. The salt tells copies apart."""
        silent_since = None
        while True:
            try:
                reply = self.call(script, *args, *([secrets.randbits(52), self.leaving()] if salted else []))
                self.answered = True
                return reply
            except redis.RedisError as error:
                denied = isinstance(error, (redis.AuthenticationError, redis.exceptions.NoPermissionError))
                if "WRONGTYPE" in str(error) or denied and not self.answered:
                    raise Ending(81, f"Redis refuses: {error}") from error
                silent_since = silent_since or time.monotonic()
                if time.monotonic() - silent_since >= STORE_TIMEOUT:
                    raise Ending(84, f"Redis did not answer for {STORE_TIMEOUT:g} s: {error}") from error
                time.sleep(random.uniform(0.1, 0.5))

    def enter(self):
        session = secrets.token_hex(8)
        options = json.dumps({
            "rate": env("WORK_QUEUE_RATE", ""), "failFast": env("WORK_QUEUE_FAIL_FAST", "") == "true", "earlier": self.sessions,
        })
        reply = self.insist("enter", session, LEASE, RUN, BATCH, SETTLE, MAX_ATTEMPTS, WORKER, self.epoch, options)
        if reply[0] == b"lost":
            raise Ending(82, f"data lost: {reply[1].decode()}")
        if reply[0] == b"version":
            raise Ending(81, f"the queue {QUEUE} was written by protocol version {reply[1].decode()}, this worker speaks 1")
        self.session, self.epoch, self.number, self.answer = session, reply[1], 0, 0
        self.sessions = [*self.sessions[-7:], session]
        print(f"Worker with sessionID: {session}", flush=True)

    def run(self):
        advance, outcomes = 0, ""
        self.enter()
        while True:
            self.number += 1
            want = -1 if self.stopping.is_set() else 1
            told = (advance, outcomes, "", want, 1, 1 << 20, self.answer)
            kind, *reply = self.insist("exchange", self.session, self.number, self.epoch, *told, salted=True)
            advance, outcomes = 0, ""
            name = {b"work": 6, b"held": 0, b"wait": 5}.get(kind)
            self.answer = 0 if name is None else reply[name]
            if kind == b"work" and not self.stopping.is_set():
                advance, outcomes = 1, self.attempt(*reply)
            elif kind == b"wait" and reply[1] in (b"cancelled", b"failed"):
                self.cancel(reply[1].decode())
            elif kind == b"wait":
                self.wait(reply[1].decode(), float(reply[2] or max(1000, int(reply[4]) * random.uniform(5, 10))) / 1000)
            elif kind == b"left" or kind == b"stale" and self.stopping.is_set():
                raise Ending(*((80, f"the run is over: {self.over}") if self.over else (143, "ended by SIGTERM, items are left")))
            elif kind == b"stale":
                self.enter()
            elif kind == b"lost":
                raise Ending(82, f"data lost: {reply[0].decode()}")
            elif kind == b"drained":
                claimed, done, dead = (int(number) for number in reply[1:4])
                bad = dead > 0 and env("WORK_QUEUE_TOLERATE_DEAD_LETTERS", "") != "true"
                raise Ending(80 if bad else 0, f"queue empty: {claimed} items, {done} done, {dead} dead")

    def attempt(self, _clock, position, segments, charges, _alone, token, _name, _more, payloads):
        """Runs one item; the outcomes to send with the next exchange."""
        number = int(segments.split(b":")[0])
        attempt = 1 + (int(charges.split(b":")[1]) if charges else 0)
        token = f"{int(token) + 1:016d}-{self.epoch.decode()}"
        self.seen, lost = True, threading.Event()
        self.item = item = SimpleNamespace(id=number, attempt=attempt, token=token, lost=lost, since=time.monotonic())
        text = ""
        try:
            result = self.handler(payloads[0], self.item)
            text = json.dumps(result) if result is not None else ""
            outcomes = {"results": [[number, position, len(text)]]} if text else {}
            if charges:
                outcomes["forget"] = [number]
        except Exception as error:
            print(f"[{number}] attempt {attempt} of {MAX_ATTEMPTS} failed: {error!r}", file=sys.stderr, flush=True)
            kind, *details = failure(item, repr(error), isinstance(error, Hopeless))
            outcomes = {kind: [[number, position, *details]]}
        self.item = None
        return f"{json.dumps(outcomes)}\n{text}" if outcomes else ""

    def wait(self, why, seconds):
        unfilled = why == "filling" or why == "unfilled" and not self.seen
        self.waiting_since = (self.waiting_since or time.monotonic()) if unfilled else None
        waited = time.monotonic() - self.waiting_since if unfilled else 0
        if why == "filling" and env("WORK_QUEUE_GATE", "") == "filled" and waited >= SETTLE / 1000:
            raise Ending(82, "data lost: the queue was filled and sealed, and is not in Redis any more")
        if unfilled and 0 < START_TIMEOUT <= waited:
            raise Ending(83, f"the queue {QUEUE} was not filled within {START_TIMEOUT:g} s")
        self.stopping.wait(seconds)

    def keep_lease(self):
        """A thread of its own: it renews while the handler computes, and ends the process where that does not return."""
        renewed, every, said = 0, LEASE / 4000, ""
        while True:
            time.sleep(0.1)
            now, item, session = time.monotonic(), self.item, self.session
            try:
                if self.leave_by and now > self.leave_by:
                    self.end_now(80 if self.over else 143, "told to end, what was running goes back", "")
                if item and 0 < ITEM_TIMEOUT < now - item.since - 5:
                    kind, *details = failure(item, f"did not return within {ITEM_TIMEOUT:g} s", False)
                    self.end_now(85, f"[{item.id}] hangs", json.dumps({kind: [[item.id, *details]]}))
                leaving = self.leaving()
                if session and (now - renewed >= every or leaving != said):
                    renewed = now
                    gap = self.call("renew", session, self.epoch, "", 0, leaving)
                    if isinstance(gap, list):
                        gap, more = gap[0], json.loads(gap[1])
                        if more.get("over") and session == self.session:
                            self.cancel(more["over"])
                    said = leaving
                    every = min(LEASE, 2 * gap) / 4000 or every
                    if not gap and item and session == self.session and not item.lost.is_set():
                        print("the lease was lost, another worker has this item", file=sys.stderr, flush=True)
                        item.lost.set()
            except redis.RedisError:
                pass  # The next round tries again; whoever needs an answer is the main thread.

    def end_now(self, code, reason, charge):
        try:
            if self.session:
                self.call("abandon", self.session, self.epoch, charge, self.answer)
        except redis.RedisError:
            pass  # Others take the items back when the lease has run out.
        say_ending(code, reason)
        os._exit(code)

    def leaving(self):
        """Told to stop: whoever takes back what this process holds charges nothing."""
        return 1 if self.stopping.is_set() else ""

    def cancel(self, over):
        """The queue was cancelled, or the run has failed: what runs is told to stop, and this process ends with 80."""
        self.over = over
        if self.item:
            self.item.lost.set()
        self.stop()

    def stop(self, *_signal):
        self.leave_by = self.leave_by or time.monotonic() + GRACE
        self.stopping.set()


def failure(item, error, hopeless):
    """Another attempt after a growing delay in ms, and how this one failed; or the header of a dead letter."""
    known = {"at": round(time.time() * 1000), "worker": WORKER, "duration": round(1000 * (time.monotonic() - item.since))}
    if item.attempt < MAX_ATTEMPTS and not hopeless:
        delay = round(min(300_000, 1000 * 2 ** min(item.attempt - 1, 20)) * random.uniform(0.5, 1))
        return "retry", delay, json.dumps({"attempt": item.attempt, "error": error[:200], **known})
    return "dead", json.dumps({"reason": "handler", "attempts": item.attempt, "error": error[:2000], **known})


def say_ending(code, reason):
    print(f"{reason} (exit {code})", file=sys.stderr if code else sys.stdout, flush=True)


def run(handler):
    worker = Worker(handler)
    signal.signal(signal.SIGTERM, worker.stop)
    threading.Thread(target=worker.keep_lease, daemon=True).start()
    try:
        worker.run()
    except Ending as ending:
        say_ending(*ending.args)
        sys.exit(ending.args[0])


if __name__ == "__main__":
    run(work)
