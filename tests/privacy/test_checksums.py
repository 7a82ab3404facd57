"""Numbers that prove themselves: published examples are right, and any one digit more is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from diq_core.privacy import checksums

RIGHT: list[tuple[Callable[[str], bool], str]] = [
    (checksums.luhn, "79927398713"),
    (checksums.card, "4111 1111 1111 1111"),
    (checksums.npi, "1234567893"),
    (checksums.dea, "AP5836727"),
    (checksums.vin, "1M8GDM9AXKP042788"),
    (checksums.nhs, "943 476 5919"),
    (checksums.kvnr, "A123456780"),
    (checksums.nir, "2 55 08 14 168 025 38"),
    (checksums.dni, "12345678Z"),
    (checksums.dni, "X1234567L"),
    (checksums.iban, "DE89 3704 0044 0532 0130 00"),
    (checksums.iban, "GB82 WEST 1234 5698 7654 32"),
]


@pytest.mark.parametrize(
    ("check", "number"), RIGHT, ids=[f"{check.__name__} {number}" for check, number in RIGHT]
)
def test_a_right_number_is_right_and_with_one_digit_changed_wrong(
    check: Callable[[str], bool], number: str
) -> None:
    assert check(number)
    digits = [at for at, each in enumerate(number) if each.isdecimal()]
    for at in digits[3:]:
        other = str((int(number[at]) + 1) % 10)
        assert not check(number[:at] + other + number[at + 1 :])
