"""Which of a page's titles is the article's headline."""

import re
from collections.abc import Sequence

_SEPARATOR = r"\s+(?:[|–—•·»«]|-{1,2}|::?|/)\s+|\s*[|»]\s*|(?<=\w):\s+"
_WORD = r"\w+"
# Of the words of a heading and a title together. On 269 pages, .2 to .5 make no difference of more
# than one in a hundred.
_LEAST_LIKENESS = 0.2


def key_of(text: str | None) -> str:
    """For comparing: letters and digits only."""
    return "".join(each for each in (text or "").casefold() if each.isalnum())


def without_site(title: str, site_names: Sequence[str]) -> str:
    """`Peace - Harbour Post` is `Peace`: the parts at either end that name the site go."""
    names = [key for each in site_names if len(key := key_of(each)) > 1]
    changed = True
    while changed:
        changed = False
        for found in reversed(list(re.finditer(_SEPARATOR, title))):
            before, after = title[: found.start()], title[found.end() :]
            if _names_site(after, names) and before.strip():
                title, changed = before.strip(), True
                break
        first = re.search(_SEPARATOR, title)
        if first and _names_site(title[: first.start()], names) and title[first.end() :].strip():
            title, changed = title[first.end() :].strip(), True
    return title


def _names_site(part: str, names: Sequence[str]) -> bool:
    key = key_of(part)
    return bool(key) and any(_alike(key, name) for name in names)


def _alike(part: str, name: str) -> bool:
    """The same, or one with something added: `Harbour Post News` for `Harbour Post`."""
    shorter, longer = sorted((part, name), key=len)
    return shorter == longer or (
        len(shorter) > 3 and shorter in longer and (part in name or len(part) < len(name) * 2)
    )


def headline_of(
    json_ld: str | None, stated: Sequence[str], headings: Sequence[str], site_names: Sequence[str]
) -> tuple[str | None, str | None]:
    """The headline and its origin. JSON-LD's comes first: publishers write it for machines. Without
    one it is the heading of the page that has most words in common with what is `stated` (og:title,
    <title>), since those are cut short and added to; then the first of these."""
    if json_ld and (headline := without_site(json_ld, site_names)):
        return headline, "json-ld"
    known = [title for each in stated if (title := without_site(each, site_names))]
    sites = {key_of(each) for each in site_names}
    shown = [each for each in headings if key_of(each) and key_of(each) not in sites]
    if shown and known:
        best = max(shown, key=lambda heading: _likeness(heading, known))
        if _likeness(best, known) >= _LEAST_LIKENESS:
            return best, "heading"
    if known:
        return known[0], "meta"
    return (shown[0], "heading") if shown else (None, None)


def _likeness(heading: str, stated: Sequence[str]) -> float:
    """The greatest share of words in common."""
    words = _words(heading)
    shares = (len(words & other) / len(words | other) for each in stated if (other := _words(each)))
    return max(shares, default=0.0)


def _words(title: str) -> set[str]:
    """Letters of scripts that set no spaces between words."""
    found = re.findall(_WORD, title.casefold())
    return set(found) if len(found) > 1 or title.isascii() else set(title)
