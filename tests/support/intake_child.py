"""Takes a file into a lake in a process of its own, saying every step of writing: made to be killed."""

import sys
from pathlib import Path

from lakmus.core.clock import SystemClock
from lakmus.intake import blocks
from lakmus.intake.batch import Intake
from lakmus.lake import IdentifiedLake


def main(lake: str, file: str, block: str) -> None:
    blocks.BLOCK = int(block)
    opened = IdentifiedLake.open(lake, threads=2)
    intake = Intake(opened, SystemClock(), bytes, workers=1, chunk=4 * blocks.BLOCK)
    intake.hook = lambda step: print(step, flush=True)
    print("started", flush=True)
    intake.take_in(Path(file), "north")
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
