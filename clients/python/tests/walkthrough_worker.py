"""What the worker of the walkthrough calls, in that order; the work is shorter."""

import time

import rediswq

host = "redis"

q = rediswq.RedisWQ(name="job2", host=host)
print("Worker with sessionID: " + q.sessionID())
print("Initial queue state: empty=" + str(q.empty()))
while not q.empty():
    item = q.lease(lease_secs=10, block=True, timeout=2)
    if item is not None:
        itemstr = item.decode("utf-8")
        print("Working on " + itemstr)
        time.sleep(0.3)
        q.complete(item)
    else:
        print("Waiting for work")
print("Queue empty, exiting")
