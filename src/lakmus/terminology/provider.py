"""The one small interface through which everybody asks for terminology."""

from __future__ import annotations

from typing import Protocol

from lakmus.terminology.model import Coding, Concept, Expansion, Subsumption, Translation, Validation


class TerminologyProvider(Protocol):
    """Local, remote or made for a test. Unknown names raise NotFoundError with suggestions, never a guess."""

    def expand(
        self,
        value_set: str,
        *,
        text: str = "",
        active_only: bool = False,
        offset: int = 0,
        count: int | None = None,
    ) -> Expansion:
        """The codes of a value set, those whose names hold all words of `text`, page by page."""
        ...

    def members(self, value_set: str) -> frozenset[tuple[str, str]]:
        """All (system, code) of a value set, for membership tests over whole columns."""
        ...

    def validate_code(self, coding: Coding, value_set: str = "") -> Validation:
        """Whether the code is in the value set, or, without one, in its system. An empty system is inferred from the
        value set when only one there has the code."""
        ...

    def lookup(self, system: str, code: str) -> Concept:
        """Everything known of a code."""
        ...

    def subsumes(self, system: str, code_a: str, code_b: str) -> Subsumption:
        """How the first code relates to the second in the system's hierarchy."""
        ...

    def translate(
        self, coding: Coding, *, target_system: str = "", concept_map: str = "", reverse: bool = False
    ) -> tuple[Translation, ...]:
        """The code in other systems; empty when no map has it."""
        ...
