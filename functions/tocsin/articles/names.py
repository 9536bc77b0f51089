"""Bylines to names of people."""

import html
import re
from collections.abc import Iterable, Sequence

from tocsin.articles.agencies import agency_named

MAX_AUTHORS = 20
MAX_NAME_CHARACTERS = 60
MAX_NAME_WORDS = 6
_BYLINE_CHARACTERS = 300  # what is longer is a biography
# Not compiled before a page needs them: together they take 8 ms, and most pages need few.
_MARKUP = r"<[^<>]{0,200}>"
_SPACE = r"\s+"
_BEFORE = (
    r"(?i)^[\s\W]*(?:(?:article|story|written|posted|published|reported|reporting|text|words|created"
    r"|medically reviewed|reviewed|edited|analysis|opinion|interview)\s+by|by|von|par|por|di|door"
    r"|av|af|autor(?:in|en|es|a)?|author(?:s|\(s\))?|text|texte|texto|testo|автор[иыка]?|текст|от"
    r"|written|redacción)\b[\s:.–—-]+"
)
_SURELY_BEFORE = r"(?i)^\W*(?:[^:]{0,20}\bby\b|.{2,12}:)"
_BETWEEN = (
    r"\s*(?:[;|•·\n/]|(?<=\w)\s+[–—-]\s+)\s*"
    r"|,?\s+(?:and|und|et|och|og|ja|та|ve|with|mit)\s+(?=\S)|\s*[&+]\s*"
    r"|\s+(?:y|e|i|и|і|й|en)\s+(?=[^\W\d_a-z])"
)
# They belong to the name before them.
_CREDENTIALS = (
    r"(?i)(?:ph\.?\s?d|m\.?d|d\.?o|m\.?s|m\.?a|m\.?p\.?h|b\.?sc?|m\.?sc|mba|r\.?n|r\.?d|rdn|ldn|cpa|cfp|cfa|esq"
    r"|j\.?d|jr|sr|i{1,3}|dds|dvm|lcsw|psy\.?d|ed\.?d|pharm\.?d|lmft|aprn|np|pa-c|cpt|cscs"
    r"|e-ryt \d+|ryt \d+|faafp|facp)\.?"
)
# Words that are in no name.
_NO_NAME = (
    r"(?i)\b(?:staff|admin(?:istrator)?|editor(?:s|ial)?|redaktion\w*|redaction|rédaction|redacción"
    r"|redação"
    r"|redazione|redakcja|редакці[яії]|редакци[яи]|newsroom|news(?:desk)?|desk|team|correspondents?"
    r"|reporters?|writers?|contributors?|journalists?|journalistin|korrespondent(?:in)?"
    r"|reporter(?:in)?|editor-in-chief"
    r"|producers?|columnists?|freelance\w*|published|updated|posted|minutes?|hours?|ago|read more"
    r"|follow|subscribe|photos?|foto|image|video|agenc(?:y|ies|ia|ias)|agentur(?:en)?|agence|wire|press|magazine"
    r"|directors?|managers?|our|this|related"
    r"|sign in|log in|collective|skip to|view all|home|about|contact|menu|expert|advisor|consultant"
    r"|co-founder|founder|chief|executive|unknown|anonymous|null|none|undefined|user|author|webmaster"
    r"|copyright|others?"
    r"|кореспондент\w*|корреспондент\w*|журналіст\w*|журналист\w*|головний|ведущий|служба)\b"
)
_NOT_IN_NAMES = r"https?:|www\.|@|\d{2,}|[<>{}\[\]=_#]|\.(?:com|org|net|de|uk|ua|tv)\b"
_DESK = r"[A-Z][\w&'’ .-]{2,40} (?:Team|Staff|Desk|Editors)"
_PLACEHOLDER = r"(?i)https?:|@|^(?:null|none|undefined|unknown|n/a|admin)$|\.author$"
_PARTICLES = frozenset(
    {
        *("de", "del", "della", "der", "den", "di", "da", "dos", "das", "du", "la", "le", "van"),
        *("von", "zu", "zum", "ter", "ten", "bin", "ibn", "al", "el", "e", "y", "af", "av"),
    }
)
_CAPITAL = r"[\W_]*(?:[^\W\d_a-zа-яіїєґ]|[a-z]{1,3}['’][^\W\d_a-z]|Mc|Mac)"
_NO_CASE = r"[\u0590-\u08ff\u0900-\u0dff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3·・]+"
_PLACE = r"\s+(?:in|aus|from)\s+[A-ZÄÖÜ]\w[\w\s,-]*$"
_OUTLET = r"\s+(?:for|for the|für|pour)\s+[A-Z].*$"


def authors_of(stated: Iterable[str], not_people: Iterable[str] = ()) -> tuple[str, ...]:
    """Names in the order stated, each once. Left out are roles, agencies and `not_people`: the
    site, its publisher. Academic titles behind a name stay with it."""
    others = {key for each in not_people if (key := _key(each))}
    found: dict[str, str] = {}
    for byline in stated:
        names = _names(byline)
        if len(names) > 1 and not any(" " in name or _is_caseless(name) for name in names):
            continue  # an organisation or an address: `Centre for Trade and Research`
        for name in names:
            if _is_person(name, others):
                found.setdefault(_key(name), name)
    return tuple(found.values())[:MAX_AUTHORS]


def signatures_of(stated: Iterable[str]) -> tuple[str, ...]:
    """Who signs an article that names nobody: a desk, the publisher, an agency, as stated."""
    found: dict[str, str] = {}
    for signature in stated:
        name = " ".join(re.sub(_MARKUP, " ", html.unescape(signature)).split())
        if 2 <= len(name) <= MAX_NAME_CHARACTERS and not re.search(_PLACEHOLDER, name):
            found.setdefault(_key(name), name)
    return tuple(found.values())[:MAX_AUTHORS]


def with_desks(
    names: tuple[str, ...], stated: Sequence[str], not_people: Iterable[str]
) -> tuple[str, ...]:
    """People, and the desks that are listed beside them, each apart (`Gear Team`)."""
    others = {key for each in not_people if (key := _key(each))}
    desks = [
        each
        for each in stated
        if re.fullmatch(_DESK, each)
        and _key(each) not in others
        and agency_named(each) is None
        and not any(name in each for name in names)
    ]
    return (*names, *dict.fromkeys(desks))[:MAX_AUTHORS]


def is_own_name(name: str, site_names: Iterable[str]) -> bool:
    """Whether it is the site's, or begins with it: `Harbour Post News`."""
    sites = (key for each in site_names if len(key := _key(each)) > 2)
    return _key(name).startswith(tuple(sites))


def looks_like_person(name: str) -> bool:
    """Two to five words that begin with capitals, but for the small ones of names; or a few letters
    of a script that has none."""
    words = name.partition(",")[0].split()
    if len(words) == 1:
        return 2 <= len(name) <= 6 and _is_caseless(name)
    small = sum(word.lower() in _PARTICLES for word in words)
    capitals = sum(bool(re.match(_CAPITAL, word)) for word in words)
    caseless = all(re.fullmatch(_NO_CASE, word) for word in words)
    return 2 <= len(words) <= 5 and (caseless or (capitals >= 2 and capitals + small == len(words)))


def _is_caseless(name: str) -> bool:
    return bool(re.fullmatch(_NO_CASE, name))


def _names(byline: str) -> list[str]:
    text = re.sub(
        _SPACE, " ", re.sub(_MARKUP, " ", html.unescape(byline[: _BYLINE_CHARACTERS * 2]))
    ).strip()
    if len(text) > _BYLINE_CHARACTERS or "://" in text:
        return []
    text = re.sub(r"\([^()]*\)", " ", text)
    return [name for part in re.split(_BETWEEN, _begun(text)) for name in _by_commas(part)]


def _begun(text: str) -> str:
    """Without what stands before names, once or twice: `Text: von Ada Lind`. What would leave one
    word is a name: `Di Wu`."""
    for _ in range(2):
        rest = re.sub(_BEFORE, "", text)
        if rest == text or (len(rest.split()) == 1 and not re.match(_SURELY_BEFORE, text)):
            return text
        text = rest
    return text


def _by_commas(part: str) -> list[str]:
    names: list[str] = []
    for piece in part.split(","):
        if names and re.fullmatch(_CREDENTIALS, piece.strip()):
            names[-1] += f", {piece.strip()}"
            continue
        piece = piece.strip(" .,:–—-*'\"“”„\u200b")
        if not piece:
            continue
        names.append(re.sub(_OUTLET, "", re.sub(_PLACE, "", _begun(piece))).strip())
    return names


def _is_person(name: str, others: set[str]) -> bool:
    bare = name.partition(",")[0]
    return (
        2 <= len(bare) <= MAX_NAME_CHARACTERS
        and len(bare.split()) <= MAX_NAME_WORDS
        and not re.search(_NOT_IN_NAMES, bare)
        and not re.search(_NO_NAME, bare)
        and any(each.isalpha() for each in bare)
        and agency_named(bare) is None
        and _key(bare) not in others
    )


def _key(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())
