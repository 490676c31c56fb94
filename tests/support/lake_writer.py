"""Commits many small chunks to a lake in a process of its own, beside others that do the same."""

import sys

from lakmus.lake import IdentifiedLake
from tests.support.chunks import chunk


def main(folder: str, writer: str, count: str) -> None:
    with IdentifiedLake.open(folder, threads=1) as lake:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(int(count)):
            own = {"id": f"{writer}-{number}", "gender": "male"}
            both = {"id": f"both-{number}", "gender": "female"}  # sent by each writer, to be held once
            lake.commit(chunk(batch=f"{writer}{number}", Patient=[own, both]))


if __name__ == "__main__":
    main(*sys.argv[1:])
