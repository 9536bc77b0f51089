"""Which phone numbers an SMS is sent to: mobile ones, of the countries that the operator allows.

An SMS costs whoever runs this, and some numbers pay those who have them sent to: premium and toll
numbers, and whole countries that an operator has no reader in. A prefix does not tell them: +1 is
the United States and two dozen islands with other prices.
"""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from tocsin.errors import InputError

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

# E.164 has 15 digits; people write spaces, dots, hyphens and parentheses between them.
_WRITTEN = re.compile(r"\+[0-9][0-9 ().-]{5,30}", re.ASCII)
_AN_EXAMPLE = "a number with its country, as +380501234567"


def number_of(text: str, countries: Collection[str] | None = None) -> str:
    """In E.164. `countries` are region codes (ISO 3166), None: any. Raises InputError."""
    # 40 ms, which functions that see no number do without.
    from phonenumbers import (
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_valid_number,
        parse,
        region_code_for_number,
    )

    stripped = text.strip(" ")
    if not _WRITTEN.fullmatch(stripped):
        raise InputError("sms", _AN_EXAMPLE)
    try:
        number = parse(stripped, None)
    except NumberParseException as error:
        raise InputError("sms", _AN_EXAMPLE) from error
    if not is_valid_number(number):
        raise InputError("sms", f"no such number can be given out; {_AN_EXAMPLE}")
    _require_mobile(number)
    if countries is not None and region_code_for_number(number) not in countries:
        raise InputError("sms", f"only numbers of {_named(countries)} are told by SMS here")
    return format_number(number, PhoneNumberFormat.E164)


def _require_mobile(number: "PhoneNumber") -> None:
    from phonenumbers import PhoneNumberType, number_type

    # Where one cannot tell (+1), a number of either kind may take an SMS.
    if number_type(number) not in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE):
        raise InputError("sms", "not a mobile number: no SMS would arrive, or a dear one")


def _named(countries: Collection[str]) -> str:
    return ", ".join(sorted(countries)) or "no country"


def countries_of(text: str) -> frozenset[str]:
    """From region codes separated by commas. Raises InputError naming what is no region code."""
    from phonenumbers import SUPPORTED_REGIONS

    named = frozenset(part.strip().upper() for part in text.split(",") if part.strip())
    if unknown := named - SUPPORTED_REGIONS:
        raise InputError("SmsCountries", f"{min(unknown)!r} is no region code, as DE or UA")
    return named
