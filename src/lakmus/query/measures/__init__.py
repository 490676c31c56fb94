"""Quality measures: FHIR R4 Measure in, CQL asked of each patient, FHIR R4 MeasureReport out.

    measure = read_measure(document)
    check(measure, program)
    asked = subjects(program, people, period, clock, terminology)
    (report,) = reports(measure, asked, period, clock)

Whoever has an engine of their own gives subjects of their own: an id, and a function from the name of a definition to
its value.
"""

from lakmus.query.measures.evaluation import check, subjects
from lakmus.query.measures.measure import Measure
from lakmus.query.measures.membership import members
from lakmus.query.measures.people import People, Person
from lakmus.query.measures.reading import read_measure
from lakmus.query.measures.report import Kind, Period, reports
from lakmus.query.measures.tally import Subject, Tally, score, tallied

__all__ = [
    "Kind",
    "Measure",
    "People",
    "Period",
    "Person",
    "Subject",
    "Tally",
    "check",
    "members",
    "read_measure",
    "reports",
    "score",
    "subjects",
    "tallied",
]
