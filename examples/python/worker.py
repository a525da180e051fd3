"""A worker in Python, on clients/python."""

import time

from rediswq import Item, run_worker


def work(item: Item) -> None:
    """Your work. Raise to have the item tried again; raise Unrecoverable to give it up."""
    print(f"Working on {item.text}")
    time.sleep(0.5)  # Put your actual work here.


if __name__ == "__main__":
    run_worker(work)
