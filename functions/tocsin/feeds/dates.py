"""When an item was published, from whatever a feed states. Every date is a stranger's.

| stated | rule |
|---|---|
| nothing, or nothing that can be read | None: what is downstream uses the time it was first seen |
| ISO 8601, W3CDTF, also cut short (`2031`, `2031-03`, `2031-064`) | what is left out is the first |
| RFC 822, asctime, `March 5, 2031 2:30 pm`, other languages' months | by its words, in any order |
| `5.3.2031`, `2031/03/05`, `13/05/2031` | by its numbers |
| `03/05/2031` | None: it may be March or May, and no date is better than a wrong one |
| ten or thirteen digits | seconds or milliseconds since 1970 |
| no zone, or one that nobody knows | UTC |
| a year of two digits | 00 to 89 is 2000 to 2089, 90 to 99 is 1990 to 1999 |
| a leap second, `24:00` | the second before, the next day |
| outside 1990 to 2200 | None: it was misread, or is a trap for arithmetic |
| more than a day after it was seen | None, by `believable`: a clock or a zone may be wrong, or it
  announces something; an hour or two ahead is kept as stated |
"""

import re
from datetime import UTC, datetime, timedelta

from tocsin.model.values import FIRST_YEAR, LAST_YEAR

MAX_CHARACTERS = 100  # the longest that was seen, with names of day, month and zone, has 50
MAX_AHEAD = timedelta(days=1)  # the farthest zone is 14 hours ahead
_CENTURY_TURNS = 90

_ISO = re.compile(
    r"(?P<year>\d{4})(?:-?(?P<ordinal>\d{3})(?!\d)|-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?"
    r"|(?P<month2>\d\d)(?P<day2>\d\d))?"
    r"(?:[T ]+(?P<hour>\d{1,2})(?::?(?P<minute>\d{1,2})(?::?(?P<second>\d{1,2})(?:[.,]\d*)?)?)?"
    r"\s*(?P<zone>Z|[+-]\d\d:?(?:\d\d)?|[A-Z]{1,5}(?:[+-]\d\d?:?(?:\d\d)?)?)?)?Z?",
    re.IGNORECASE | re.ASCII,
)
_SHORT_ISO = re.compile(r"(\d\d)-(\d\d)-(\d\d)(?!\d)(.*)|(\d\d)(\d\d)(\d\d)", re.ASCII)
# What nearly every RSS feed states: read in a tenth of the time of the rules for all others.
_RFC_822 = re.compile(
    r"(?:\w{3,9},?\s+)?(\d{1,2}) ([A-Z]\w\w) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? "
    r"(?:([+-])(\d\d)(\d\d)|(GMT|UTC?|Z))",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{10}(?:\d{3})?", re.ASCII)
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})[:.h](\d{2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?(?![\d.])\s*"
    r"([ap])?(?:(?<=[ap])\.?m\b\.?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"(?:(?<=\s)|(?<=\d)|\b(?:gmt|utc)\s?)([+-])(\d{1,2}):?(\d\d)?\s*(?:\(.*)?$")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,4})([./-])(\d{1,2})\2(\d{4}|\d{1,2})(?!\d)", re.ASCII)
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+", re.ASCII)

# Minutes ahead of UTC. RFC 822's own, its military letters as everybody misreads them, and what
# news sites write: a name that two zones share is the one of more newspapers.
_ZONES = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet", "uct"), 0),
    "a": -60,
    "n": 60,
    "m": -720,
    "y": 720,
    "ast": -240,
    "adt": -180,
    "at": -240,
    "est": -300,
    "edt": -240,
    "et": -300,
    "cst": -360,
    "cdt": -300,
    "ct": -360,
    "mst": -420,
    "mdt": -360,
    "mt": -420,
    "pst": -480,
    "pdt": -420,
    "pt": -480,
    "akst": -540,
    "akdt": -480,
    "hst": -600,
    "bst": 60,
    "west": 60,
    "met": 60,
    "mez": 60,
    "cet": 60,
    "mest": 120,
    "mesz": 120,
    "cest": 120,
    "eet": 120,
    "sast": 120,
    "eest": 180,
    "msk": 180,
    "trt": 180,
    "pkt": 300,
    "ist": 330,
    "wib": 420,
    "ict": 420,
    "sgt": 480,
    "hkt": 480,
    "awst": 480,
    "jst": 540,
    "kst": 540,
    "aest": 600,
    "aedt": 660,
    "nzst": 720,
    "nzdt": 780,
    "brt": -180,
}

# By how they begin, in the cases that dates are written in: English, German, Dutch, French,
# Spanish, Italian, Portuguese, Polish, Czech, Hungarian, Turkish, Swedish, Finnish, Ukrainian,
# Russian, Greek.
_MONTHS = {
    1: "jan janv ene gen sty led ocak tammi січ янв ιαν ιανουαρίου",
    2: "feb fév févr fev lut únor února şub helmi лют фев φεβ",
    3: "mar mär mrz maart mars márc maalis бер мар μαρ μάρ μαώ μάώ",
    4: "apr avr abr kwi dub duben ápr nis huhti кві апр απρ",
    5: "may mai mei maj mag maio kvě máj touko трав май мая μαΐ μάι μαϊ μαι",
    6: "jun jui juin giu cze červen června jún haz kesä чер июн ιούν ιουν ιον",
    7: "jul juil lug lip červenec července júl tem heinä лип июл ιούλ ιουλ ιολ",
    8: "aug aoû aou ago aug sie srp ağu elo сер авг αύγ αυγ",
    9: "sep set wrz zář szept eyl syys вер сен σεπ",
    10: "oct okt ott out paź říj eki loka жов окт οκτ",
    11: "nov lis listopad kas marras лис ноя νοέ νοε",
    12: "dec dez déc dic dec gru pro ara joulu гру дек δεκ",
}
_BEGINNINGS = sorted(
    ((beginning, month) for month, names in _MONTHS.items() for beginning in names.split()),
    key=lambda pair: -len(pair[0]),
)
_BY_THREE = {beginning: month for beginning, month in _BEGINNINGS if len(beginning) == 3}
_ENGLISH = {name.title(): number for name, number in _BY_THREE.items() if name.isascii()}
_LISTOPAD = "listopad"  # November in Polish and Czech; October in Croatian, which is rarer
_KOREAN = re.compile(r"(\d{4})년\s*(\d{1,2})월\s*(\d{1,2})일")
_CHINESE = re.compile(r"(\d{4})年\s*(\d{1,2})月\s*(\d{1,2})日")
_AFTERNOON = re.compile(r"오후|下午|午後")
_FORENOON = re.compile(r"오전|上午|午前")
_EAST_ASIA = {"년": 540, "오": 540, "年": 480, "午": 480}  # minutes ahead, where no zone is stated


def stated_date(stated: str | None) -> datetime | None:
    """An instant in UTC, None where nothing can be told. Never raises."""
    text = (stated or "").strip()
    if not text or len(text) > MAX_CHARACTERS:
        return None
    for read in (_rfc_822, _exact, _iso, _epoch, _short_iso, _in_words):
        try:
            at = read(text)
            if at is not None:
                return at if FIRST_YEAR <= at.year <= LAST_YEAR else None
        except (ValueError, OverflowError):
            continue
    return None


def believable(published_at: datetime | None, seen_at: datetime) -> datetime | None:
    """None for what lies so far ahead that it cannot be when the item was published."""
    late = published_at is not None and published_at > seen_at + MAX_AHEAD
    return None if late else published_at


def _rfc_822(text: str) -> datetime | None:
    found = _RFC_822.fullmatch(text)
    month = _ENGLISH.get(found[2]) if found else None
    if found is None or month is None:
        return None
    ahead = int(found[8] or 0) * 60 + int(found[9] or 0)
    date = (int(found[3]), month, int(found[1]))
    time = (int(found[4]), int(found[5]), int(found[6] or 0))
    return _instant(date, time, -ahead if found[7] == "-" else ahead)


def _exact(text: str) -> datetime | None:
    """What nearly every Atom feed states, in a quarter of the time of the rules below."""
    if len(text) < 19 or text[4] != "-" or text[10] != "T":
        return None
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, zone = int(found["year"]), _zone(found["zone"])
    if found["ordinal"]:
        day = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=int(found["ordinal"]) - 1)
        month_and_day = (day.month, day.day)
    else:
        month_and_day = (
            int(found["month"] or found["month2"] or 1),
            int(found["day"] or found["day2"] or 1),
        )
    time = (int(found["hour"] or 0), int(found["minute"] or 0), int(found["second"] or 0))
    return _instant((year, *month_and_day), time, zone)


def _short_iso(text: str) -> datetime | None:
    found = _SHORT_ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day = map(int, found.group(1, 2, 3) if found[1] else found.group(5, 6, 7))
    time, ahead, _ = _clock_and_rest((found[4] or "").lower())
    return _instant((_full_year(year), month, day), time, ahead or 0)


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _in_words(text: str) -> datetime | None:
    """Anything with a month's name or with separated numbers, in any order."""
    lowered = text.lower().replace("etc/", "")
    time, offset, rest = _clock_and_rest(lowered)
    date = _asian_date(rest) or _named_date(rest) or _numbered_date(rest)
    if date is None:
        return None
    if offset is None:
        offset = next((ahead for sign, ahead in _EAST_ASIA.items() if sign in lowered), 0)
    return _instant(date, time, offset)


def _clock_and_rest(text: str) -> tuple[tuple[int, int, int], int | None, str]:
    """The time of day, minutes ahead of UTC if stated, and the text without both."""
    offset = None
    found = _OFFSET.search(text)
    if found and ":" in text[: found.start()]:
        ahead = int(found[2]) * 60 + int(found[3] or 0)
        offset = -ahead if found[1] == "-" else ahead
        text = text[: found.start()]
    date = _NUMBERS.match(text)  # 5.3.31 is no time
    time = _TIME.search(text, date.end() if date else 0)
    if time is None:
        return (0, 0, 0), offset, text
    rest = f"{text[: time.start()]} {text[time.end() :]}"
    if offset is None:
        offset = _named_zone(text[time.end() :])
    return _time_of_day(time, text), offset, rest


def _time_of_day(time: re.Match[str], text: str) -> tuple[int, int, int]:
    hour = int(time[1])
    if (time[4] == "p" or _AFTERNOON.search(text)) and hour < 12:
        hour += 12
    if (time[4] == "a" or _FORENOON.search(text)) and hour == 12:
        hour = 0
    return hour, int(time[2]), int(time[3] or 0)


def _named_zone(text: str) -> int | None:
    names = (_ZONES.get(word) for word in _WORD.findall(text))
    return next((ahead for ahead in names if ahead is not None), None)


def _zone(stated: str | None) -> int:
    """Minutes ahead of UTC, of `Z`, `+02:00`, `-0500`, `+02`, `EST`, `GMT+2`."""
    found = re.search(r"([+-])(\d\d?):?(\d\d)?$", stated or "")
    if found is None:
        return _ZONES.get((stated or "").lower(), 0)
    ahead = int(found[2]) * 60 + int(found[3] or 0)
    return -ahead if found[1] == "-" else ahead


def _asian_date(text: str) -> tuple[int, int, int] | None:
    found = _KOREAN.search(text) or _CHINESE.search(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _named_date(text: str) -> tuple[int, int, int] | None:
    months = list(filter(None, map(_month, _WORD.findall(text))))
    numbers = _NUMBER.findall(text)
    if not months or len(numbers) < 2:
        return None
    month = months[-1]  # "mar. 5 avril": the day's name comes first
    lengths = [len(number) for number in numbers[:3]]
    year = lengths.index(4) if 4 in lengths else 1
    day = 1 if year == 0 else 0
    return _full_year(int(numbers[year]), lengths[year]), month, int(numbers[day])


def _month(word: str) -> int | None:
    if word.startswith(_LISTOPAD):
        return 11
    fits = (month for beginning, month in _BEGINNINGS if word.startswith(beginning))
    return _english_month(word) or (next(fits, None) if len(word) > 2 else None)


def _english_month(word: str) -> int | None:
    return _BY_THREE.get(word) if len(word) == 3 else None


def _numbered_date(text: str) -> tuple[int, int, int] | None:
    found = _NUMBERS.search(text)
    if found is None:
        return None
    first, middle, last = int(found[1]), int(found[3]), int(found[4])
    if len(found[1]) == 4:
        return first, middle, last
    year = _full_year(last, len(found[4]))
    if found[2] == "." or first > 12:
        return year, middle, first
    return (year, first, middle) if middle > 12 or first == middle else None


def _full_year(year: int, digits: int = 2) -> int:
    if digits > 2:
        return year
    return year + (2000 if year < _CENTURY_TURNS else 1900)


def _instant(
    date: tuple[int, int, int], time: tuple[int, int, int], ahead_minutes: int
) -> datetime | None:
    hour, minute, second = time
    if (hour, minute, second) == (24, 0, 0):
        return _instant(date, (0, 0, 0), ahead_minutes - 24 * 60)
    at = datetime(*date, hour, minute, min(second, 59), tzinfo=UTC)
    return at - timedelta(minutes=ahead_minutes)
