"""Refused documents tried again: after a correction of the rules, or with the corrected document."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lakmus.intake.batch import BatchReceipt, Intake
from lakmus.intake.sources import Source
from lakmus.lake import quarantine

Unseal = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Retried:
    """How many documents were tried again, and what became of them."""

    tried: int
    taken_in: int
    receipts: tuple[BatchReceipt, ...]


def retry(intake: Intake, unseal: Unseal, found: Sequence[quarantine.Item]) -> Retried:
    """Takes refused documents in again, each as its own batch; those refused again stay as they were, once."""
    receipts = []
    for item in found:
        original = unseal(quarantine.sealed_original(intake.lake, item.item))
        receipts.append(_one(intake, item, original))
    taken = [item.item for item, receipt in zip(found, receipts, strict=True) if not receipt.receipt.refused]
    quarantine.set_state(intake.lake, [item.item for item in found], "retried")
    return Retried(len(found), len(taken), tuple(receipts))


def _one(intake: Intake, item: quarantine.Item, original: bytes) -> BatchReceipt:
    name = f"retry-{item.item}-{intake.lake.snapshot()}"
    source = Source(item.file, len(original), lambda: name, lambda: io.BytesIO(original))
    return intake.take_in_sources([source], item.site, name)
