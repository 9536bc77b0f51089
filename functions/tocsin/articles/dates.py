"""Instants as pages state them, in the zone that they state."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from tocsin.model.values import FIRST_YEAR, LAST_YEAR

MAX_CHARACTERS = 100  # what is longer is a sentence
_ISO = (
    r"(?i)(?P<day>\d{4}-\d\d?-\d\d?)"
    r"(?:(?:\s*T\s*|\s+)(?P<time>\d\d?:\d\d(?::\d\d)?)(?:[.,]\d+)?"
    r"\s*(?P<zone>Z|UTC|GMT|(?:GMT|UTC)?[+-]\d\d:?(?:\d\d)?)?)?(?![\d])"
)
_COMPACT = r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(?:\d\d\d)?(Z)?)?"
_EPOCH = r"(1\d{9})(\d{3})?"
_NUMBERS = r"(?<!\d)(\d{1,2})\s?[./]\s?(\d{1,2})\s?[./]\s?(\d{4})(?!\d)"
_YEAR_FIRST = r"(?<!\d)(\d{4})[./年](\d{1,2})[./月](\d{1,2})(?!\d)"
_DAY_MONTH = (
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+)?"
    r"([^\W\d_]{3,12})\.?,?\s+(?:de\s+)?(\d{4})"
)
_MONTH_DAY = r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})"
_CLOCK = r"(?i)(?<![\d:])(\d{1,2}):(\d\d)(?::(\d\d))?\s*([ap])?\.?m?"
# Months by their first letters, which tell them apart in each of these languages.
_MONTHS = [
    "jan ene gen sty янв січ ian oca",
    "feb fev fév febr lut фев лют şub",
    "mar mär maa мар бер mrt märz",
    "apr abr avr kwi апр кві nis",
    "may mai mag maj mei мая май тра",
    "jun juin giu cze июн чер haz juni",
    "jul juil lug lip июл лип tem juli",
    "aug ago aoû aou sie авг сер ağu",
    "sep set wrz сен вер eyl",
    "oct okt ott out paź окт жов eki",
    "nov lis ноя kas",
    "dec dez déc dic gru дек гру ara des",
]
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH_OF |= {"листопада": 11, "листопад": 11, "mayıs": 5, "março": 3, "marzec": 3, "marca": 3}


def instant_of(text: str | None) -> datetime | None:
    """None for what is no date or of an absurd year. A time without a zone is taken as UTC, a day
    stands for its first instant: nobody says whose time it is."""
    stated = " ".join((text or "")[: MAX_CHARACTERS * 2].split())
    if not stated or len(stated) > MAX_CHARACTERS:
        return None
    for reading in (_iso, _epoch, _compact, _written):
        try:
            at = reading(stated)
        except (ValueError, OverflowError, TypeError, IndexError):  # as 31 February
            continue
        if at is not None and FIRST_YEAR <= at.year <= LAST_YEAR:
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _iso(text: str) -> datetime | None:
    found = re.search(_ISO, text)
    if not found:
        return None
    year, month, day = (int(part) for part in found["day"].split("-"))
    hour, minute, second = [*(int(p) for p in (found["time"] or "0:0").split(":")), 0][:3]
    return datetime(year, month, day, hour, minute, second, tzinfo=_zone(found["zone"]))


def _zone(stated: str | None) -> timezone:
    digits = re.sub(r"[^\d+-]", "", stated or "")
    if not digits:
        return UTC
    ahead = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:] or 0))
    return timezone(-ahead if digits.startswith("-") else ahead)


def _epoch(text: str) -> datetime | None:
    found = re.fullmatch(_EPOCH, text)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def _compact(text: str) -> datetime | None:
    found = re.fullmatch(_COMPACT, text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _written(text: str) -> datetime | None:
    """As people write dates; days before months where both are numbers and both could be."""
    if re.match(r"[A-Z][a-z]{2}, \d", text):
        # Imported here: 20 ms, with all of e-mail, for a form that few pages use.
        from email.utils import parsedate_to_datetime

        return parsedate_to_datetime(text)
    day = _day(text)
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + _time_of_day(text)


def _day(text: str) -> date | None:
    if found := re.search(_YEAR_FIRST, text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.search(_NUMBERS, text):
        first, second = int(found[1]), int(found[2])
        if second > 12:  # as Americans write
            first, second = second, first
        return date(int(found[3]), second, first)
    lowered = text.lower()
    named = [(each[2], each[1], each[3]) for each in re.finditer(_DAY_MONTH, lowered)]
    named += [(each[1], each[2], each[3]) for each in re.finditer(_MONTH_DAY, lowered)]
    known = ((number, day, year) for name, day, year in named if (number := _month(name)))
    return next((date(int(year), number, int(day)) for number, day, year in known), None)


def _month(word: str) -> int | None:
    return next((_MONTH_OF[word[:n]] for n in (8, 5, 4, 3) if word[:n] in _MONTH_OF), None)


def _time_of_day(text: str) -> timedelta:
    found = re.search(_CLOCK, text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        return timedelta()
    hour = int(found[1]) % 12 if found[4] else int(found[1])
    half = 12 if found[4] in ("p", "P") else 0
    return timedelta(hours=hour + half, minutes=int(found[2]))


_IN_URL = r"/((?:19[89]|20[0-4])\d)[-/_.]?(0[1-9]|1[0-2])[-/_.]?(0[1-9]|[12]\d|3[01])(?!\d)"


def day_in(url: str) -> datetime | None:
    """`/2031/03/05/…`: its first instant in UTC."""
    found = re.search(_IN_URL, url)
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:  # as 31 February
        return None
