"""Numbers that prove themselves: each function says whether a number's check digits are right.

Each takes the number as written; what is no letter or digit is passed over.
"""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"[^0-9A-Za-z]+")
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
# Length of an IBAN by country, of those that the languages read here are spoken in and beside.
_IBAN_LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "IE": 22, "IT": 27, "LI": 21, "LU": 20, "MC": 27, "NL": 18, "NO": 15,
    "PL": 28, "PT": 25, "SE": 24,
}  # fmt: skip


def bare(number: str) -> str:
    """Return the letters (as capitals) and digits of `number`."""
    return _BETWEEN.sub("", number).upper()


def luhn(number: str) -> bool:
    """Return whether the last digit is the Luhn check digit (ISO/IEC 7812-1, annex B)."""
    digits = [int(each) for each in reversed(bare(number)) if each.isdecimal()]
    doubled = (each * 2 - 9 * (each > 4) for each in digits[1::2])
    return len(digits) > 1 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def card(number: str) -> bool:
    """Return whether `number` is a payment card's: 13 to 19 digits of a known network, Luhn."""
    digits = bare(number)
    known = re.match(r"4|5[0-8]|2[2-7]|3[0-9]|6[0-9]", digits) is not None
    return known and 13 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn(digits)


def npi(number: str) -> bool:
    """Return whether `number` is a National Provider Identifier: Luhn behind the prefix 80840."""
    digits = bare(number)
    return len(digits) == 10 and digits[0] in "12" and luhn("80840" + digits)


def dea(number: str) -> bool:
    """Return whether the last digit of a DEA registration (two letters, seven digits) is right."""
    digits = [int(each) for each in bare(number)[2:]]
    odd, even = sum(digits[0:6:2]), sum(digits[1:6:2])
    return len(digits) == 7 and (odd + 2 * even) % 10 == digits[6]


def vin(number: str) -> bool:
    """Return whether the ninth sign of a vehicle identification number is right (49 CFR 565.15)."""
    signs = bare(number)
    if len(signs) != 17 or set(signs) & set("IOQ"):
        return False
    values = (int(_VIN_VALUES.get(each, each)) for each in signs)
    rest = sum(a * b for a, b in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return signs[8] == ("X" if rest == 10 else str(rest))


def nhs(number: str) -> bool:
    """Return whether the last of ten digits of a British NHS number is right (modulus 11)."""
    digits = [int(each) for each in bare(number)]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    return (11 - sum(a * b for a, b in zip(digits, range(10, 1, -1), strict=False)) % 11) % 11 == (
        digits[9]
    )


def kvnr(number: str) -> bool:
    """Return whether a German health insurance number is right (letter, eight digits, check)."""
    signs = bare(number)
    digits = [int(each) for each in f"{ord(signs[0]) - 64:02d}{signs[1:9]}"]
    products = (each * (1 + at % 2) for at, each in enumerate(digits))
    return sum(each // 10 + each % 10 for each in products) % 10 == int(signs[9])


def nir(number: str) -> bool:
    """Return whether the key of a French social security number is right (97 less the rest)."""
    signs = bare(number).replace("2A", "19", 1) if "2A" in bare(number)[5:7] else bare(number)
    signs = signs.replace("2B", "18", 1) if "2B" in signs[5:7] else signs
    return len(signs) == 15 and signs.isdecimal() and 97 - int(signs[:13]) % 97 == int(signs[13:])


def dni(number: str) -> bool:
    """Return whether the letter of a Spanish DNI or NIE is right (rest of 23)."""
    signs = bare(number)
    digits = signs[:-1].translate(str.maketrans("XYZ", "012"))
    return digits.isdecimal() and _DNI_LETTERS[int(digits) % 23] == signs[-1]


def resident(number: str) -> bool:
    """Return whether the last sign of a Chinese resident identity number is right (GB 11643)."""
    signs = bare(number)
    total = sum(int(each) * (2 ** (17 - at) % 11) for at, each in enumerate(signs[:17]))
    return len(signs) == 18 and signs[17] == "10X98765432"[total % 11]


def iban(number: str) -> bool:
    """Return whether an international bank account number is right (ISO 13616, modulus 97)."""
    signs = bare(number)
    if len(signs) != _IBAN_LENGTHS.get(signs[:2]):
        return False
    return int("".join(str(int(each, 36)) for each in signs[4:] + signs[:4])) % 97 == 1
