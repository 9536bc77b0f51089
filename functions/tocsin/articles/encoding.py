"""Bytes of a page to text, once, for whoever reads it.

In this order: a byte order mark, valid UTF-8 (whatever the page says: no other encoding is valid
UTF-8 by chance), the HTTP header, the page's own statement, detection. A statement that the bytes
do not bear out is passed over. Then what was decoded wrongly before it came to us is mended, where
that is certain.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

# Some pages state their encoding only after a long comment or script; browsers look at 1,024 bytes.
_HEAD_BYTES = 8_192
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_IN_HEADER = r"(?i)charset\s*=\s*[\"']?([\w.:-]{2,40})"
_IN_META = rb"(?i)<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})"
_IN_XML = rb"(?i)^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})"
# What browsers read for these labels (WHATWG Encoding), where Python's codec of that name is
# narrower.
_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
    "koi8-r": "koi8-u",  # which has Ukrainian letters in place of box drawing
}
# Codecs that a page may name: Python's others are no encodings of text, or not of the web.
_KNOWN = (
    r"cp(125\d|874|866|932|949)|iso8859-\d+|koi8-[rut]|mac-(cyrillic|roman)|utf-(8|16-[lb]e)"
    r"|gb18030|big5hkscs|euc_jp|iso2022_jp|hz"
)
# A statement may be wrong for a handful of bytes: an advertisement pasted in, a character cut.
_BROKEN_SHARE = 0.01
_SURE_SEQUENCES = 3  # of UTF-8: by chance, one letter in thirty is followed by what looks like one
_UTF16_SAMPLE = 1_000
# No parser takes these. From bytes of UTF-8 they go five times faster than from text.
_CONTROL_BYTES = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
_CONTROLS = f"[{re.escape(_CONTROL_BYTES.decode())}]+"


@dataclass(frozen=True)
class Decoded:
    """`encoding` is a codec of Python's; `told_by` is bom, content, header, meta, detection or
    nothing."""

    text: str
    encoding: str
    told_by: str


def decode(body: bytes, content_type: str) -> Decoded:
    """`content_type` is the whole HTTP header. Never fails: what cannot be decoded becomes U+FFFD,
    and control characters, which no parser takes, go."""
    found = _decoded(body, content_type)
    clean = found.encoding == "utf-8" or not re.search(_CONTROLS, found.text)
    text = found.text if clean else re.sub(_CONTROLS, "", found.text)
    written = body if found.encoding == "utf-8" else None
    return Decoded(mended(text, written), found.encoding, found.told_by)


def _decoded(body: bytes, content_type: str) -> Decoded:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            if encoding == "utf-8":
                rest = rest.translate(None, _CONTROL_BYTES)
            return Decoded(rest.decode(encoding, "replace"), encoding, "bom")
    if unmarked := _utf16_without_mark(body):
        return Decoded(body.decode(unmarked, "replace"), unmarked, "content")
    if (text := _as_utf8(body)) is not None:
        return Decoded(text, "utf-8", "content")
    for label, told_by in _stated(body, content_type):
        named = codec_of(label)
        if named and (text := _borne_out(body, named)) is not None:
            return Decoded(text, named, told_by)
    return _detected(body)


def _utf16_without_mark(body: bytes) -> str | None:
    """Every second byte of markup is zero, whatever the script of its text."""
    sample = body[:_UTF16_SAMPLE]
    if b"<\0" not in sample and b"\0<" not in sample:
        return None
    odd, even = sample[1::2].count(0), sample[::2].count(0)
    if min(odd, even) > max(odd, even) / 10:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _as_utf8(body: bytes) -> str | None:
    """None also for a page whose every byte is ASCII but which shifts between character sets by
    escapes, as Japanese mail does."""
    if b"\x1b" in body or (b"~{" in body and b"hz-gb-2312" in body[:_HEAD_BYTES].lower()):
        return None
    try:
        return body.translate(None, _CONTROL_BYTES).decode()
    except UnicodeDecodeError:
        return None


def _stated(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    if found := re.search(_IN_HEADER, content_type):
        yield found[1], "header"
    head = body[:_HEAD_BYTES]
    for pattern in (_IN_META, _IN_XML):
        if stated := re.search(pattern, head):
            yield stated[1].decode("ascii", "replace"), "meta"


def codec_of(label: str) -> str | None:
    """Python's codec for a label on the web; None for one that is no encoding of text."""
    try:
        name = codecs.lookup(label.strip().removeprefix("x-")).name
    except (LookupError, ValueError):
        return None
    name = _READ_AS.get(name, name)
    return name if re.fullmatch(_KNOWN, name) else None


def _borne_out(body: bytes, encoding: str) -> str | None:
    text = body.decode(encoding, "replace")
    letters = sum(1 for each in body if each > 0x7F)
    # A page that is stated to be in an encoding of two bytes a letter, and in ASCII, is neither.
    if encoding.startswith("utf-16") and body[:64].count(b"<") and b"\0" not in body[:64]:
        return None
    return text if text.count("\ufffd") <= letters * _BROKEN_SHARE else None


def _detected(body: bytes) -> Decoded:
    # Imported here: few pages need it.
    import cchardet

    label = cchardet.detect(body).get("encoding") or ""
    encoding = codec_of(label)
    if encoding is None or body.decode(encoding, "replace").count("\ufffd") > len(body) / 10:
        return Decoded(body.decode("cp1252", "replace"), "cp1252", "nothing")
    return Decoded(body.decode(encoding, "replace"), encoding, "detection")


# ── UTF-8 that was read as another encoding and written again ─────────────────────────────────────


def _as_read(encoding: str) -> dict[str, int]:
    """Which byte each character was, where software read UTF-8 in that encoding. Bytes that it has
    no character for were kept as they were, and by some software the first 32 all."""
    kept = {chr(n): n for n in range(0x80, 0xA0)}
    return kept | {bytes([n]).decode(encoding, "ignore") or chr(n): n for n in range(0x80, 0x100)}


def _sequences(bytes_of: dict[str, int]) -> str:
    def letters(first: int, last: int) -> str:
        found = (re.escape(char) for char, n in bytes_of.items() if first <= n <= last)
        return "[" + "".join(found) + "]"

    more = letters(0x80, 0xBF)
    two, three, four = letters(0xC2, 0xDF), letters(0xE0, 0xEF), letters(0xF0, 0xF4)
    return f"{two}{more}|{three}{more}{{2}}|{four}{more}{{3}}"


_LATIN = _as_read("cp1252")
_CYRILLIC = _as_read("cp1251")


# Compiled for the first page that may be damaged.
@cache
def _latin_sequences() -> re.Pattern[str]:
    return re.compile(_sequences(_LATIN))


@cache
def _cyrillic_words() -> re.Pattern[str]:
    return re.compile(f"(?:{_sequences(_CYRILLIC)}){{3,}}")


# What damaged pages are sure to hold, and few others: the letters before quotes, accents and
# Cyrillic; a, e and o. Looking for these takes a fiftieth of looking for sequences.
_LATIN_SIGNS = tuple(each.encode() for each in ("â€", "â\x80", "Ã", "Â", "Ð", "Î"))
_CYRILLIC_SIGNS = tuple(each.encode() for each in ("Р°", "Рµ", "Рѕ"))
_ASCII = bytes(range(0x80))


def mended(text: str, written: bytes | None = None) -> str:
    """With UTF-8 that was read as cp1252 (`donâ€™t`) or cp1251 (`РџСЂРёРІРµС‚`) put right.

    Certain means: at least three sequences of the page are UTF-8 when written back, and every one
    that is gives a letter of a European script or a usual mark. In genuine text such a sequence is
    a capital with an accent before a symbol, and most of those give neither. For cp1251, runs of
    three sequences and more count, and all of them must become Cyrillic. Else nothing is touched.
    """
    if text.isascii():
        return text
    # The bytes beyond ASCII are a hundredth of most pages: a tenth of the time that looking
    # through the page takes. Letters that only meet there cost a closer look.
    written = text.encode(errors="replace") if written is None else written
    others = written.translate(None, _ASCII)
    if any(sign in others for sign in _LATIN_SIGNS):
        text = _mended(text, _latin_sequences(), _LATIN, _USUAL)
    if any(sign in others for sign in _CYRILLIC_SIGNS):
        text = _mended(text, _cyrillic_words(), _CYRILLIC, _CYRILLIC_ONLY)
    return text


def _mended(
    text: str, sequences: re.Pattern[str], bytes_of: dict[str, int], believable: str
) -> str:
    found = sequences.findall(text)
    if len(found) < _SURE_SEQUENCES:
        return text
    meant = {each: _written_back(each, bytes_of) for each in set(found)}
    if not all(re.fullmatch(believable, each) for each in meant.values()):
        return text
    return sequences.sub(lambda each: meant[each[0]], text)


def _written_back(sequence: str, bytes_of: dict[str, int]) -> str:
    return bytes(bytes_of[char] for char in sequence).decode(errors="replace")


# Latin with its accents, Greek, Cyrillic, dashes and quotes, signs of money and of trade marks.
_USUAL = "[\u00a0-\u024f\u0370-\u052f\u1e00-\u1eff\u2010-\u203a\u20a0-\u20bf\u2122\ufeff\u200b]"
_CYRILLIC_ONLY = "[\u0400-\u052f\u00ab\u00bb\u2010-\u203a\u00a0]+"
