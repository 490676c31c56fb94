"""True, false and None for what is not known (CQL 1.5, author's guide, "Nullological Operators")."""

from __future__ import annotations


def negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def all_of(*answers: bool | None) -> bool | None:
    """False when one is false, else not known when one is not."""
    if False in answers:
        return False
    return None if None in answers else True


def any_of(*answers: bool | None) -> bool | None:
    """True when one is true, else not known when one is not."""
    if True in answers:
        return True
    return None if None in answers else False
