"""The validator accepts every record of a region without planted faults."""

from collections import Counter

from lakmus.fhir import Acceptor, Refused
from tests.synth.conftest import Written


def test_every_record_is_accepted(written: Written) -> None:
    acceptor = Acceptor()
    refused: Counter[str] = Counter()
    for path in sorted(written.folder.glob("sites/*/*.ndjson")):
        for line in path.read_bytes().splitlines():
            answer = acceptor.accept(line, path.stem)
            if isinstance(answer, Refused):
                refused[f"{path.stem}: {answer.issues[0]}"] += 1
    assert refused == Counter()
