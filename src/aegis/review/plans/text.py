"""Texts for people: no sign-off, no advice to skip a review, a calm voice, no loose figure."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity, Span
from aegis.review.plans import words
from aegis.review.plans.subjects import PageText
from aegis.review.readback import unmatched_numbers
from aegis.review.rule import Hit, rule


@rule("AEG195", checks=PageText, severity=Severity.CRITICAL, hard=True)
def text_that_signs_off(page: PageText) -> Iterator[Hit]:
    """Text that signs off in law.

    Nobody becomes compliant because a document says so, and somebody may rely on it. Name what may
    apply and who judges it.
    """
    for match in words.sign_offs(page.text):
        yield Hit(page.span(match.start(), match.end()), f"«{match[0]}» is for a specialist to say")


@rule("AEG196", checks=PageText, severity=Severity.LOW)
def text_that_shouts(page: PageText) -> Iterator[Hit]:
    """Text that praises, shouts or apologises.

    The reader wants to know what to do. Praise, exclamation marks and apologies stand in the way.
    """
    for match, what in words.tone(page.text):
        yield Hit(page.span(match.start(), match.end()), f"«{match[0]}» ({what})")


@rule("AEG197", checks=PageText, severity=Severity.CRITICAL, hard=True)
def advice_to_skip_a_review(page: PageText) -> Iterator[Hit]:
    """Advice to skip a security review, a compliance assessment or red-teaming.

    Under pressure the reader looks for permission. A text of Aegis never gives it; it makes the
    review small instead.
    """
    for match in words.skipping(page.text):
        yield Hit(page.span(match.start(), match.end()), f"«{match[0]}»",
                  mend="say what the smallest honest review is, and when")  # fmt: skip


@rule("AEG199", checks=PageText, severity=Severity.CRITICAL, hard=True)
def loose_figure(page: PageText) -> Iterator[Hit]:
    """Figure that is not one of the plan's numbers.

    A number in a text is a number of the plan, written as the plan writes it. Any other was made
    up, by a person or by a model.
    """
    if page.plan is None:
        return
    for stray in unmatched_numbers(page.text, page.plan):
        place = Span(path=page.path, line=stray.line, column=1, excerpt=stray.context)
        yield Hit(place, f"`{stray.numeral}` is not a number of the plan")
