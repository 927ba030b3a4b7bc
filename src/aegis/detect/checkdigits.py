"""Check digits of payment cards, bank accounts and national identifiers.

Each function takes the text as written, spaces and dashes included, and says whether its check
digits fit. Random digits pass a one-digit check one time in ten, so a fit is evidence, not proof.
"""

from __future__ import annotations

# ISO 13616 registry: length of an IBAN by country, the countries of SEPA and some beyond.
_IBAN_LENGTH = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL"), 18),
    **dict.fromkeys(("SI",), 19),
    **dict.fromkeys(("AT", "EE", "LT", "LU"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "DE", "GB", "IE", "BA"), 22),
    **dict.fromkeys(("AE", "GI", "IL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "RO", "SE", "SK", "SA", "PK"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM"), 27),
    **dict.fromkeys(("CY", "HU", "PL", "AL"), 28),
    **dict.fromkeys(("BR",), 29),
    **dict.fromkeys(("MT",), 31),
}


def _digits(text: str) -> list[int]:
    return [int(character) for character in text if "0" <= character <= "9"]


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1 annex B: double every second digit from the right; the sum ends in 0."""
    total = 0
    for place, digit in enumerate(reversed(_digits(text))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def card(text: str) -> bool:
    """A payment card: Luhn, a length that is issued, and a first digit of a card scheme."""
    digits = _digits(text)
    issued = len(digits) in {13, 14, 15, 16, 19} and digits[0] in {2, 3, 4, 5, 6}
    return issued and len(set(digits)) > 1 and luhn(text)


def iban(text: str) -> bool:
    """ISO 13616: rearranged and read as a number, the remainder by 97 is 1."""
    bare = text.replace(" ", "")
    if _IBAN_LENGTH.get(bare[:2]) != len(bare):
        return False
    return int("".join(str(int(letter, 36)) for letter in bare[4:] + bare[:4])) % 97 == 1


def dni(text: str) -> bool:
    """Spain, DNI and NIE: the letter is that of the number modulo 23."""
    bare = text.replace("-", "")
    number = bare[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == bare[-1]


def cpf(text: str) -> bool:
    """Brazil: two check digits, weights falling to 2, modulo 11."""
    digits = _digits(text)
    if len(set(digits)) == 1:
        return False
    return all(
        sum(digit * weight for digit, weight in zip(digits, range(size + 1, 1, -1), strict=False))
        * 10
        % 11
        % 10
        == digits[size]
        for size in (9, 10)
    )


def nir(text: str) -> bool:
    """France: 97 less the number modulo 97; Corsica counts 2A as 19 and 2B as 18."""
    bare = text.replace(" ", "").replace("2A", "19").replace("2B", "18")
    return len(bare) == 15 and 97 - int(bare[:13]) % 97 == int(bare[13:])


def nhs(text: str) -> bool:
    """United Kingdom, NHS number: weights 10 to 2, 11 less the sum modulo 11."""
    digits = _digits(text)
    total = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False))
    return (11 - total % 11) % 11 == digits[9]


def bsn(text: str) -> bool:
    """The Netherlands: weights 9 to 2 and -1, divisible by 11."""
    digits = _digits(text)
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    total = sum(digit * weight for digit, weight in zip(digits, weights, strict=True))
    return total % 11 == 0 and any(digits)


def verhoeff(text: str) -> bool:
    """Verhoeff's scheme over the dihedral group D5, as India's Aadhaar uses it (J. Verhoeff, 1969)."""
    check = 0
    for place, digit in enumerate(reversed(_digits(text))):
        check = _product(check, _permuted(digit, place % 8))
    return check == 0


def _product(left: int, right: int) -> int:
    """Multiplication in D5: 0-4 are rotations, 5-9 reflections."""
    turn, flip = left % 5, left >= 5
    other, other_flip = right % 5, right >= 5
    rotation = (turn - other) % 5 if flip else (turn + other) % 5
    return rotation + 5 * (flip != other_flip)


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit
