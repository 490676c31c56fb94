"""Answers kept in the lake: everybody is asked once, then those whose records changed; what is held is always what a
question of everybody would answer.
"""

import random
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from lakmus.core.errors import InputError, NotFoundError
from lakmus.lake import IdentifiedLake, maintenance, withdrawal
from lakmus.lake.batches import batches
from lakmus.lake.people import unlink
from lakmus.lake.results import Results
from lakmus.query.cql import known_models, parameter
from lakmus.query.engines.duckdb.elm.keeping import keep
from lakmus.query.engines.duckdb.elm.run import Question, evaluate
from lakmus.query.frontends.cql.translate.program import compile
from tests.support.chunks import NOON, chunk

LIBRARY = """library Statins version '1.2'
using FHIR version '4.0.1'
codesystem "RxNorm": 'http://www.nlm.nih.gov/research/umls/rxnorm'
code "Atorvastatin": '83367' from "RxNorm"
valueset "Some": 'http://example.org/visits'
parameter "Least" Integer default 2
context Patient
define Stays: Count([Encounter])
define Often: Stays >= "Least"
define Statin: exists ([MedicationRequest: medication in "All statins"])
define "All statins": { "Atorvastatin" }
define Only: singleton from ([Encounter])
define Of: Patient.gender
"""
TIMED = "library Timed\nusing FHIR version '4.0.1'\ncontext Patient\ndefine Age: AgeInYears()"
ATORVASTATIN = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "83367"}


@pytest.fixture
def lake(tmp_path):
    with IdentifiedLake.create(tmp_path / "lake", threads=2, buckets=3) as made:
        yield made


def patient(n, **more):
    return {"id": f"p{n}", "gender": "female", "birthDate": "1960-05-01", **more}


def stay(n, of, status="finished"):
    return {"id": f"e{n}", "status": status, "subject": {"reference": f"Patient/p{of}"}}


def order(n, of, medication):
    return {
        "id": f"m{n}",
        "status": "active",
        "subject": {"reference": f"Patient/p{of}"},
        "medicationReference": {"reference": f"Medication/{medication}"},
    }


def medication(name, coding=ATORVASTATIN):
    return {"id": name, "code": {"coding": [coding]}}


def asked(text=LIBRARY, names=("Stays", "Often", "Of", "Only"), now=NOON, **parameters):
    program = compile(text, known_models())
    given = {name: parameter(program, name, value) for name, value in parameters.items()}
    return Question(program, names, now, given)


def kept(lake, question=None, now=NOON, **options):
    return keep(lake, question or asked(), now=now, **options)


def rows(batches):
    return pa.Table.from_batches(list(batches)).sort_by("patient").to_pylist()


def same(lake, run, question=None):
    """Whether what a run keeps is what everybody answers."""
    return rows(Results(lake).read(run)) == rows(evaluate(lake, question or asked()))


@pytest.fixture
def filled(lake):
    lake.commit(
        chunk(
            "north",
            "first",
            Patient=[patient(n) for n in range(6)],
            Encounter=[stay(n, n % 3) for n in range(5)],
            MedicationRequest=[order(1, 4, "a"), order(2, 5, "b")],
            Medication=[medication("a"), medication("b", {"system": "x", "code": "y"})],
        )
    )
    return lake


class TestRunsAgain:
    def test_the_first_time_everybody_is_asked(self, filled):
        run = kept(filled)
        assert (run.asked, run.persons, run.library, run.version) == (6, 6, "Statins", "1.2")
        assert same(filled, run)

    def test_nothing_changed(self, filled):
        first = kept(filled)
        again = kept(filled)
        assert (again.asked, again.persons, again.question) == (0, 6, first.question)
        assert again.name != first.name
        assert same(filled, again)

    @pytest.mark.parametrize(
        ("sent", "asked_again", "persons"),
        [
            ({"Encounter": [stay(9, 4)]}, 1, 6),
            ({"Encounter": [stay(0, 0, "cancelled"), stay(8, 5)]}, 2, 6),
            ({"Patient": [patient(7)]}, 1, 7),
            ({"Observation": [{"id": "o", "status": "final", "subject": {"reference": "Patient/p1"}}]}, 0, 6),
            ({"deleted": (("Encounter", "e0"),)}, 1, 6),
            ({"deleted": (("Patient", "p2"),)}, 1, 5),
        ],
        ids=["new", "changed", "somebody new", "of a type nobody asks for", "deleted", "gone"],
    )
    def test_those_whose_records_changed(self, filled, sent, asked_again, persons):
        kept(filled)
        filled.commit(chunk("north", "second", **sent))
        run = kept(filled)
        assert (run.asked, run.persons) == (asked_again, persons)
        assert same(filled, run)

    def test_a_batch_is_withdrawn(self, filled):
        filled.commit(chunk("north", "second", Encounter=[stay(0, 0, "cancelled"), stay(9, 1)]))
        kept(filled)
        withdrawal.withdraw_batch(filled, "second")
        run = kept(filled)
        assert run.asked == 2
        assert same(filled, run)

    def test_persons_are_linked_and_parted(self, filled):
        tokens = [("p1", "token-of-one")]
        filled.commit(chunk("north", "linked", Patient=[patient(1)], tokens=tokens))
        kept(filled)
        filled.commit(chunk("south", "other", Patient=[patient(1)], Encounter=[stay(1, 1)], tokens=tokens))
        linked = kept(filled)
        assert (linked.asked, linked.persons) == (1, 6)
        assert same(filled, linked)
        with filled.transaction() as cursor:
            unlink(cursor, "south", "p1", NOON)
        parted = kept(filled)
        assert (parted.asked, parted.persons) == (2, 7)
        assert same(filled, parted)

    def test_a_record_of_nobody_counts_for_those_who_refer_to_it(self, filled):
        question = asked(names=("Statin",))
        kept(filled, question)
        filled.commit(chunk("north", "second", Medication=[medication("b")]))
        run = kept(filled, question)
        assert run.asked == 1
        assert same(filled, run, question)
        assert [row["Statin"] for row in rows(Results(filled).read(run))].count(True) == 2

    def test_the_lake_is_looked_after_in_between(self, filled):
        kept(filled)
        filled.commit(chunk("north", "second", Encounter=[stay(9, 4)]))
        maintenance.compact(filled)
        run = kept(filled)
        assert run.asked == 1
        maintenance.rebucket(filled, 5)
        run = kept(filled)
        assert (run.asked, run.persons) == (6, 6)
        assert same(filled, run)

    def test_snapshots_between_have_expired(self, filled):
        kept(filled)
        filled.commit(chunk("north", "second", Encounter=[stay(9, 4)]))
        maintenance.expire(filled, datetime.now(UTC) + timedelta(seconds=1))
        run = kept(filled)
        assert run.asked == 6
        assert same(filled, run)

    def test_an_earlier_snapshot(self, filled):
        before = filled.snapshot()
        filled.commit(chunk("north", "second", Encounter=[stay(9, 4)]))
        kept(filled)
        run = kept(filled, version=before)
        assert run.asked == 6
        assert rows(Results(filled).read(run)) == rows(evaluate(filled, asked(), version=before))

    def test_columns_that_get_a_type_are_asked_of_everybody(self, lake):
        lake.commit(chunk("north", "first", Patient=[{"id": "p1"}, {"id": "p2"}]))
        question = asked(names=("Of",))
        kept(lake, question)
        lake.commit(chunk("north", "second", Patient=[patient(1)]))
        run = kept(lake, question)
        assert same(lake, run, question)


class TestQuestions:
    @pytest.mark.parametrize(
        "other",
        [
            asked(Least="3"),
            asked(names=("Stays",)),
            asked(LIBRARY.replace(">=", ">")),
            asked(LIBRARY.replace("'1.2'", "'1.3'")),
        ],
        ids=["parameter", "definitions", "text", "version"],
    )
    def test_what_makes_another_question(self, filled, other):
        first = kept(filled)
        run = kept(filled, other)
        assert run.question != first.question
        assert run.asked == 6

    def test_time_counts_where_it_is_asked_for(self, filled):
        later = NOON + timedelta(days=400)
        assert kept(filled, asked(now=later)).question == kept(filled).question
        names = ("Age",)
        now, then = (asked(TIMED, names, moment) for moment in (NOON, later))
        assert kept(filled, now).question != kept(filled, then).question
        assert kept(filled, now).asked == 0

    def test_codes_of_a_value_set_count(self, filled):
        text = LIBRARY + 'define Visits: exists ([Encounter: type in "Some"])'
        question = asked(text, ("Visits",))
        runs = [kept(filled, question, terminology=Said(codes)) for codes in ([], [("s", "c")], [])]
        assert [run.asked for run in runs] == [6, 6, 0]

    def test_some_persons_only(self, filled):
        program = asked().program
        with pytest.raises(InputError, match="everybody"):
            kept(filled, Question(program, ["Stays"], NOON, persons=[1]))


class Said:
    """Terminology that knows one value set."""

    def __init__(self, codes):
        self._codes = codes

    def members(self, url):
        return self._codes


class TestReading:
    def test_what_an_earlier_run_answered(self, filled):
        first = kept(filled)
        held = rows(Results(filled).read(first))
        filled.commit(chunk("north", "second", Encounter=[stay(9, 4)]))
        second = kept(filled, now=NOON + timedelta(days=1))
        results = Results(filled)
        assert rows(results.read(first)) == held != rows(results.read(second))
        assert [run.name for run in results.runs()] == [second.name, first.name]
        assert results.run(first.name) == first

    def test_it_is_gone_with_its_snapshot(self, filled):
        first = kept(filled)
        filled.commit(chunk("north", "second", Encounter=[stay(9, 4)]))
        second = kept(filled, now=NOON + timedelta(days=1))
        maintenance.expire(filled, datetime.now(UTC) + timedelta(seconds=1))
        with pytest.raises(NotFoundError, match="gone"):
            list(Results(filled).read(first))
        assert same(filled, second)

    def test_errors_and_nested_values_are_kept(self, filled):
        found = {row["patient"]: row for row in rows(Results(filled).read(kept(filled)))}
        assert sorted(len(row["errors"]) for row in found.values()) == [0, 0, 0, 0, 1, 1]

    def test_dropped(self, filled):
        run = kept(filled)
        Results(filled).drop(run.question)
        assert Results(filled).runs() == []
        assert kept(filled).asked == 6

    def test_nobody_is_in_the_lake(self, lake):
        assert kept(lake, asked(names=("Stays",))).persons == 0

    def test_a_run_nobody_knows(self, lake):
        with pytest.raises(NotFoundError, match="no run r"):
            Results(lake).run("r")


def test_who_is_forgotten_is_in_no_answers(filled):
    person = filled.person_of("north", "p1")
    run = kept(filled)
    certificate = withdrawal.forget(filled, person, NOON)
    assert certificate.rows[f"results.{run.question}"] == 1
    assert person not in [row["patient"] for row in rows(Results(filled).read(run))]
    withdrawal.purge(filled, person, datetime.now(UTC) + timedelta(seconds=1))
    assert withdrawal.purge(filled, person, datetime.now(UTC)).rows_found == 0


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
)
def test_whatever_happens_in_between(lake, seed):
    """Records come, change and go in any order: answers kept are those of everybody asked anew."""
    draw = random.Random(seed)
    for turn in range(6):
        _something(lake, draw, turn)
        question = asked(names=("Stays", "Often", "Statin", "Only"))
        run = kept(lake, question, now=NOON + timedelta(days=turn))
        assert same(lake, run, question), (seed, turn)


def _something(lake, draw, turn):
    known = {batch.name for batch in batches(lake)}
    if turn > 2 and draw.random() < 0.2 and f"b{turn - 2}" in known:
        withdrawal.withdraw_batch(lake, f"b{turn - 2}")
        return
    if turn > 2 and draw.random() < 0.2:
        maintenance.compact(lake)
    some = range(draw.randint(1, 4))
    records = {
        "Patient": [patient(draw.randrange(9)) for _ in some],
        "Encounter": [
            stay(draw.randrange(30), draw.randrange(9), draw.choice(["planned", "finished"])) for _ in some
        ],
        "MedicationRequest": [order(draw.randrange(9), draw.randrange(9), draw.choice("ab")) for _ in some],
        "Medication": [
            medication(draw.choice("ab"), draw.choice([ATORVASTATIN, {"system": "x", "code": "y"}]))
        ],
    }
    gone = tuple(("Encounter", f"e{draw.randrange(30)}") for _ in some) if turn else ()
    lake.commit(chunk("north", f"b{turn}", **records, deleted=gone))
