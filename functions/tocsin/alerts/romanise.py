"""Cyrillic and Greek in Latin letters without accents, by the standard of each language.

    Ukrainian   the national table (Cabinet of Ministers, resolution 55 of 2010)
    Russian     BGN/PCGN 1947, as maps and newspapers write it
    Belarusian  BGN/PCGN 1979
    Bulgarian   the Streamlined System (Transliteration Act of 2009)
    Serbian     Gaj's Latin alphabet, đ as dj
    Macedonian  the digraphs of passports (ICAO Doc 9303)
    Greek       ELOT 743 (ISO 843), transcription

All without accents, and without the apostrophes that stand for hard and soft signs: an SMS pays for
each character, and its alphabet lacks most of them.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

_CYRILLIC = re.compile("[\u0400-\u052f]")
_CYRILLIC_WORD = re.compile("[\u0400-\u052f]+(?:['’ʼ][\u0400-\u052f]+)*")
_GREEK_WORD = re.compile("[\u0370-\u03ff\u1f00-\u1fff\u0300-\u036f]+")
_APOSTROPHES = "'’ʼ"


@dataclass(frozen=True)
class _Alphabet:
    """`initial` holds for the beginning of a word and for letters after one of `after`; `pairs`
    and, at a word's end, `final` go before single letters."""

    letters: Mapping[str, str]
    initial: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    pairs: Mapping[str, str] = field(default_factory=dict)
    final: Mapping[str, str] = field(default_factory=dict)


def _table(text: str) -> dict[str, str]:
    """`щ=shch ь=`: what each letter becomes."""
    return dict(pair.split("=") for pair in text.split())


_SAME = _table("а=a б=b в=v г=g д=d е=e з=z и=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f")
_EAST = _SAME | _table("ж=zh й=y х=kh ц=ts ч=ch ш=sh щ=shch ю=yu я=ya ы=y э=e ь= ъ=")
_WEST = _SAME | _table("ј=j љ=lj њ=nj х=h ц=c")

_ALPHABETS = {
    "uk": _Alphabet(
        _EAST | _table("г=h ґ=g е=e є=ie и=y і=i ї=i й=i ю=iu я=ia '= ’= ʼ="),
        initial=_table("є=ye ї=yi й=y ю=yu я=ya"),
        pairs={"зг": "zgh"},
    ),
    "ru": _Alphabet(
        _EAST | _table("ё=e '=' ’=' ʼ='"),
        initial=_table("е=ye ё=ye"),
        after="аеёиоуыэюяйъь",
    ),
    "be": _Alphabet(_EAST | _table("г=h ґ=g е=ye ё=yo і=i ў=w '= ’= ʼ=")),
    "bg": _Alphabet(
        _EAST | _table("х=h щ=sht ъ=a ь=y"),
        final={"ия": "ia"},
    ),
    "sr": _Alphabet(_WEST | _table("ђ=dj ж=z ћ=c ч=c џ=dz ш=s")),
    "mk": _Alphabet(_WEST | _table("ѓ=gj ж=zh ѕ=dz ќ=kj ч=ch џ=dj ш=sh")),
}
# Letters that tell a text's language where nobody says it: the first of which it has all.
_TELLING = (
    ("ў", "be"), ("ї", "uk"), ("є", "uk"), ("ґ", "uk"), ("іы", "be"), ("іэ", "be"), ("іё", "be"),
    ("і", "uk"), ("ђ", "sr"), ("ћ", "sr"), ("ѓ", "mk"), ("ќ", "mk"), ("ѕ", "mk"), ("ј", "sr"),
    ("љ", "sr"), ("њ", "sr"), ("џ", "sr"), ("ы", "ru"), ("э", "ru"), ("ё", "ru"),
)  # fmt: skip

_BULGARIAN = re.compile("ъ(?![еёюя])", re.IGNORECASE)  # in Russian it only stands before these


def romanised(text: str, language: str | None) -> str:
    """`language` (ISO 639-1) is the text's, if known. Letters that no table has stay."""
    latin = _CYRILLIC_WORD.sub(
        lambda word: _cyrillic(word[0], _ALPHABETS[_language_of(text, language)]), text
    )
    return _GREEK_WORD.sub(lambda word: _greek(word[0]), latin)


def _language_of(text: str, stated: str | None) -> str:
    """The stated language, unless the text has letters that it lacks: a topic's name may be in
    another language than the article."""
    letters = {char.lower() for char in _CYRILLIC.findall(text)}
    if stated in _ALPHABETS and letters <= _ALPHABETS[stated].letters.keys():
        return stated
    told = (language for telling, language in _TELLING if letters >= set(telling))
    return next(told, "bg" if _BULGARIAN.search(text) else "ru")


def _cyrillic(word: str, alphabet: _Alphabet) -> str:
    latin, at, small = "", 0, word.lower()
    while at < len(word):
        length, piece = _piece(small, at, alphabet)
        latin += _in_case_of(word, at, piece)
        at += length
    return latin


def _piece(word: str, at: int, alphabet: _Alphabet) -> tuple[int, str]:
    """How many letters of the word go together at this place, and what they become."""
    pair = word[at : at + 2]
    if pair in alphabet.pairs:
        return 2, alphabet.pairs[pair]
    if word[at:] in alphabet.final and at:
        return 2, alphabet.final[pair]
    letter = word[at]
    if letter in alphabet.initial and (at == 0 or word[at - 1] in alphabet.after):
        return 1, alphabet.initial[letter]
    return 1, alphabet.letters.get(letter, letter)


def _in_case_of(word: str, at: int, latin: str) -> str:
    if not word[at].isupper():
        return latin
    return latin.upper() if len(word) > 1 and word.isupper() else latin.capitalize()


# ── Greek ────────────────────────────────────────────────────────────────────────────────────────

_GREEK = _table(
    "α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f"
    " χ=ch ψ=ps ω=o"
)
_GREEK_PAIRS = _table("ου=ou γγ=ng γξ=nx γχ=nch")
_BEFORE_V = "αβγδεζηιλμνορυω"  # after α, ε and η, υ sounds v before these, and f elsewhere
_DIAERESIS = "\u0308"


def _greek(word: str) -> str:
    signs = _signs(word)
    bases = "".join(base.lower() for base, _ in signs)
    capital = "".join(base for base, _ in signs)
    latin, at = "", 0
    while at < len(signs):
        length, piece = _greek_piece(bases, at, signs)
        latin += _in_case_of(capital, at, piece)
        at += length
    return latin


def _signs(word: str) -> list[tuple[str, str]]:
    """Letters with the accents that each bears."""
    signs: list[tuple[str, str]] = []
    for char in unicodedata.normalize("NFD", word):
        if unicodedata.combining(char) and signs:
            signs[-1] = (signs[-1][0], signs[-1][1] + char)
        else:
            signs.append((char, ""))
    return signs


def _greek_piece(bases: str, at: int, signs: list[tuple[str, str]]) -> tuple[int, str]:
    pair, letter = bases[at : at + 2], bases[at]
    if len(pair) == 2 and not signs[at][1] and _DIAERESIS not in signs[at + 1][1]:
        if pair in _GREEK_PAIRS:
            return 2, _GREEK_PAIRS[pair]
        if pair in ("αυ", "ευ", "ηυ"):
            voiced = bases[at + 2 : at + 3] in tuple(_BEFORE_V)
            return 2, _GREEK[letter] + ("v" if voiced else "f")
        if pair == "μπ" and (at == 0 or at + 2 == len(bases)):
            return 2, "b"
    return 1, _GREEK.get(letter, letter)
