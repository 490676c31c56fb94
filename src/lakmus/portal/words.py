"""Words of the rooms behind the portal that pages show: states, steps, facets, codes. Marked here, so that they are translated."""

from __future__ import annotations

from lakmus.portal.i18n import N_, number, translations

WORDS: dict[str, str] = {
    # states of a job and its steps
    "queued": N_("queued"),
    "running": N_("running"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
    "intake": N_("intake of a submission"),
    "taking in": N_("taking in"),
    "flags": N_("plausibility of a submission"),
    "quality": N_("data quality of all sites"),
    "counting": N_("counting"),
    "accepted": N_("accepted"),
    "batch": N_("batch"),
    # outcomes in the audit log; "failed" is above
    "allowed": N_("allowed"),
    "refused": N_("refused"),
    # severities
    "information": N_("information"),
    "warning": N_("warning"),
    "error": N_("error"),
    "fatal": N_("fatal"),
    # facets of the catalogue and their values
    "type": N_("Kind of record"),
    "licence": N_("Licence"),
    "year": N_("Year of publication"),
    "size": N_("Size"),
    "up to 1,000 persons": N_("up to 1,000 persons"),
    "up to 100,000 persons": N_("up to 100,000 persons"),
    "more than 100,000 persons": N_("more than 100,000 persons"),
    "not recorded": N_("not recorded"),
    # administrative gender (FHIR R4)
    "female": N_("female"),
    "male": N_("male"),
    "other": N_("other"),
    "unknown": N_("unknown"),
    # what may happen to a line of a quarantine
    "waiting": N_("waiting"),
    "retried": N_("tried again"),
    "dismissed": N_("dismissed"),
}
_UNITS = (N_("%(n)s bytes"), N_("%(n)s kB"), N_("%(n)s MB"), N_("%(n)s GB"))


def word(name: str, locale: str) -> str:
    """The word in the reader's language; what is not listed is a name and stays."""
    return translations(locale).gettext(WORDS[name]) if name in WORDS else name


def size_text(count: int, locale: str) -> str:
    """A number of bytes in the unit that fits."""
    place = min(len(_UNITS) - 1, (len(str(max(count, 0))) - 1) // 3)
    value = round(count / 1000**place, 1 if place else 0)
    return translations(locale).gettext(_UNITS[place]) % {"n": number(value, locale)}
