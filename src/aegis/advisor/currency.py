"""Whether a number is money, by the sign before it or the word behind."""

from __future__ import annotations

import re

from aegis.advisor.quantities import Quantity

CURRENCY_BEFORE = re.compile(r"(?P<sign>us\$|\$|€|£|usd|eur|gbp|chf)\s?$")
CURRENCY_AFTER = re.compile(
    r"\s?(?P<sign>usd|us\$|\$|us[ -]dollars?|dollars?|dólares|eur|euros?|€|gbp|pounds?|£|chf|francs?|grand|bucks)(?![\w])"
)


def is_money(text: str, number: Quantity) -> bool:
    """Whether an amount of some currency stands here."""
    return bool(CURRENCY_BEFORE.search(text[max(0, number.start - 4) : number.start])) or bool(
        CURRENCY_AFTER.match(text, number.end)
    )
