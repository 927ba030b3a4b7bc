"""Briefs whose data would be kept or sent without anybody having decided so."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.brief.schema import SENSITIVE, Brief
from aegis.review.rule import Hit, rule

PERSONAL = SENSITIVE | {"personal"}


@rule("AEG120", checks=Brief, severity=Severity.MEDIUM)
def retention_undecided(brief: Brief) -> Iterator[Hit]:
    """Personal data without a decision on retention.

    How long requests and answers are kept decides the audit store, the path of an erasure and what
    can be read after an incident. Undecided, it becomes forever. Decide before the first user.
    """
    if PERSONAL & set(brief.data.classes) and brief.data.retention_days is None:
        yield Hit(
            "data.retention_days",
            "personal data: retention of prompts undecided",
            mend="a number of days; 0 keeps none. Ask whoever answers for data protection",
        )


@rule("AEG121", checks=Brief, severity=Severity.HIGH)
def sensitive_data_with_a_vendor(brief: Brief) -> Iterator[Hit]:
    """Sensitive data in a vendor's API without keys of your own.

    Health, payment, biometric data and data of children are read by the vendor's systems in the
    clear, and kept under the vendor's terms. An agreement and keys of your own are the least.
    """
    sensitive = sorted(SENSITIVE & set(brief.data.classes))
    if sensitive and not brief.data.own_keys and _managed(brief):
        yield Hit(
            "data.own_keys",
            f"{', '.join(sensitive)} data would reach a managed API, without keys of your own",
            mend="`own_keys: true` and a vendor that supports it, redaction before sending, or open "
            "weights that you serve yourself",
        )


def _managed(brief: Brief) -> bool:
    return brief.model is not None and brief.model.source == "managed-api"
