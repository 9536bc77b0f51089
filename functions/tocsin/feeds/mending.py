"""Documents that are nearly XML, made XML: what feeds get wrong and everybody can read.

No entity of a document's own is ever expanded by a parser: its DOCTYPE is dropped, and references
are replaced here, each by a few characters.
"""

import re
from html.entities import html5

MAX_ENTITY_CHARACTERS = 64  # a name or a sign; more is a way to make much of little
MAX_GROWTH = 100_000  # characters, by references to entities of the document's own

_ROOT_NAMES = rb"rss|feed|rdf:RDF|RDF|channel|urlset|sitemapindex|opml"
_START = re.compile(
    rb"<\?xml\s|<!DOCTYPE\s|<(?:[\w-]{1,20}:)?(?:" + _ROOT_NAMES + rb")[\s>]", re.IGNORECASE
)
_END = re.compile(
    rb"</\s*(?:[\w-]{1,20}:)?(?:rss|feed|RDF|urlset|sitemapindex|opml)\s*>", re.IGNORECASE
)
_DECLARATION = re.compile(r"<\?xml(?:\s[^>]{0,1000})?>", re.IGNORECASE)
_ENTITY = re.compile(r"""<!ENTITY\s{1,20}(\w{1,40})\s{1,20}"([^"<%]{0,64})"\s{0,20}>""")
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:#(x[0-9a-f]{1,1000}|[0-9]{1,1000});|(\w{1,40});)?",
    re.IGNORECASE | re.ASCII,
)
_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CDATA, _CDATA_END = "<![CDATA[", "]]>"


def body_of(document: bytes) -> bytes:
    """Without what stands before a document (spaces, a warning of PHP's) and after its end."""
    start = _START.search(document[:20_000])
    begin = start.start() if start else 0
    end = last_end(document)
    return document[begin : end if end else None]


def last_end(document: bytes) -> int:
    """Where the document's last closing tag of a root ends; 0 where it is missing, as in one that
    was cut off. Twenty kilobytes after it are more than any server's footer."""
    tail = max(0, len(document) - 20_000)
    found = list(_END.finditer(document[tail:]))
    return tail + found[-1].end() if found else 0


def mended(document: bytes) -> bytes:
    """The same document with nothing in it that XML forbids, as far as that can be told without
    parsing: entities, `&`, control characters, halves of characters (&#55357;), `<!DOCTYPE`."""
    text = _NO_XML.sub("", document.decode(errors="replace"))
    text = _DECLARATION.sub("", text[:2_000], count=1) + text[2_000:]
    text, entities = _without_doctype(text)
    return "".join(_pieces(text, _References(entities))).encode(errors="replace")


class _References:
    """Replaces one reference after the other, and counts what the document's own add."""

    def __init__(self, entities: dict[str, str]) -> None:
        self._entities = entities
        self._room = MAX_GROWTH

    def __call__(self, reference: re.Match[str]) -> str:
        if reference[1]:
            return _character(reference[1].lower())
        name = reference[2] or ""
        known = html5.get(f"{name};") or self._own(name)
        if known is None:
            return f"&amp;{reference[0][1:]}"
        return known.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    def _own(self, name: str) -> str | None:
        value = self._entities.get(name)
        self._room -= len(value or "")
        return value if self._room > 0 else None


def _character(digits: str) -> str:
    number = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    allowed = number in (9, 10, 13) or 0x20 <= number < 0xD800 or 0xDFFF < number <= 0x10FFFF
    return f"&#{number};" if allowed and number not in (0xFFFE, 0xFFFF) else "\ufffd"


def _pieces(text: str, replace: _References) -> list[str]:
    """Text in CDATA stays as it is: a `&` there is one."""
    first, *rest = text.split(_CDATA)
    pieces = [_REFERENCE.sub(replace, first)]
    for piece in rest:
        inside, end, outside = piece.partition(_CDATA_END)
        pieces += [_CDATA, inside, end, _REFERENCE.sub(replace, outside)]
    return pieces


def _without_doctype(text: str) -> tuple[str, dict[str, str]]:
    """Only one that stands before the root is a DOCTYPE; an article may show another."""
    begin = re.search(r"<!DOCTYPE", text[:20_000], re.IGNORECASE)
    root = re.search(r"<(?!\?|!)", text[:20_000])
    if begin is None or (root and root.start() < begin.start()):
        return text, {}
    inside = re.compile(r"[^\[>]*").match(text, begin.end())
    end = inside.end() if inside else begin.end()
    if text[end : end + 1] == "[":
        subset = re.compile(r"\]\s*>").search(text, end)
        end = subset.end() - 1 if subset else len(text) - 1
    stated = dict(_ENTITY.findall(text[begin.start() : end]))
    return text[: begin.start()] + text[end + 1 :], {n: _plain(v) for n, v in stated.items()}


def _plain(value: str) -> str:
    """One level of character references in an entity's value; one that names others stays."""
    return re.sub(r"&#(x[0-9a-fA-F]{1,6}|[0-9]{1,7});", _decoded, value)


def _decoded(reference: re.Match[str]) -> str:
    shown = _character(reference[1].lower())
    return chr(int(shown[2:-1])) if shown.startswith("&#") else shown
