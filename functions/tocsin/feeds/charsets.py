"""Which bytes a document's characters are: one encoding in, UTF-8 out.

1. A byte order mark, or the zero bytes of `<` in UTF-16 and UTF-32.
2. UTF-8, where the bytes are: other encodings look like it by chance once in 10^6 texts, and a
   server or a template that says otherwise is wrong more often than that.
3. What HTTP says, then what the XML declaration says.
4. UTF-8 with some bytes broken, as where a document is cut within a character.
5. Detection: Windows-1252 for Latin letters, else what charset_normalizer finds.
"""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
# How `<` and `<?` begin in encodings of wider units (XML 1.0, appendix F).
_WIDE = (
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0<", "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"L\x6f\xa7\x94", "cp037"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
# What is meant, as browsers have it, by names that stand for less (https://encoding.spec.whatwg.org).
_MEANT = {
    **dict.fromkeys(("ascii", "us-ascii", "iso-8859-1", "iso8859-1", "latin-1", "l1"), "cp1252"),
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "big5": "big5hkscs",
    "x-gbk": "gb18030",
    "utf8": "utf-8",
    "windows-31j": "cp932",
}
# Wider units would have shown by now; the others are no encodings of text, or a way to slow us.
_NOT_HERE = re.compile(
    r"(utf|ucs|u|iso-10646)[-_]?(7|16|32|ucs|8-sig).*|idna|punycode|raw.*|unicode.*"
)
_JAPANESE_ESCAPE = b"\x1b$B"  # all of its bytes are ASCII, too
SAMPLE_BYTES = 20_000  # charset_normalizer takes 1 ms a kB
_MANY = 0.45  # of the letters of a text: more are no accents between Latin ones
_BROKEN = 10  # UTF-8 is believed where it has this many times more whole characters than broken
_ASCII = bytes(range(0x80))
_NO_LETTERS = bytes(code for code in range(0x80) if not chr(code).isalpha())
_CANDIDATES = [
    *("cp1251", "koi8_u", "iso8859_5", "cp1253", "iso8859_7", "cp1255", "cp1256", "cp949"),
    *("gb18030", "big5hkscs", "cp932", "euc_jp"),
]


def utf8(body: bytes, content_type: str) -> bytes:
    """The document in UTF-8, without a mark. Its declaration may still say otherwise."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _transcoded(body[len(mark) :], encoding)
    for start, encoding in _WIDE:
        if body.startswith(start):
            return _transcoded(body, encoding)
    body = body.removeprefix(codecs.BOM_UTF8)
    if _JAPANESE_ESCAPE in body:
        return _transcoded(body, "iso2022_jp")
    return body if _is_utf8(body) else _text_of(body, content_type).encode(errors="replace")


def _transcoded(body: bytes, encoding: str) -> bytes:
    return body.decode(encoding, "replace").encode(errors="replace")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text_of(body: bytes, content_type: str) -> str:
    for name in _stated(body, content_type):
        try:
            return body.decode(_MEANT.get(name, name))
        except (LookupError, UnicodeError, ValueError):
            continue
    text = body.decode(errors="replace")
    broken = text.count("\ufffd")
    whole = sum(map(str.isalpha, re.findall(r"[^\0-\x7f\ufffd]", text[:SAMPLE_BYTES])))
    if broken * _BROKEN <= whole or (broken <= 3 and whole > broken):
        return text
    return body.decode(_detected(body), "replace")


def _stated(body: bytes, content_type: str) -> list[str]:
    """Names of encodings, by HTTP and by the declaration. "us-ascii" by HTTP is a default."""
    by_http = _CHARSET.search(content_type)
    declared = _DECLARED.match(body)
    names = [by_http[1]] if by_http else []
    names += [declared[1].decode()] if declared else []
    return [name.lower() for name in names if not _NOT_HERE.fullmatch(name.lower())]


def _detected(body: bytes) -> str:
    text = _sample(body)
    letters = text.translate(None, _NO_LETTERS)
    high = len(letters.translate(None, _ASCII))
    if high < _MANY * len(letters):
        return "cp1252"
    from charset_normalizer import from_bytes

    best = from_bytes(text, cp_isolation=_CANDIDATES, threshold=0.6).best()
    return best.encoding if best else "cp1252"


def _sample(body: bytes) -> bytes:
    """The text alone, where it tells: markup is Latin in every language."""
    sample = body[:SAMPLE_BYTES]
    text = re.sub(rb"<[^<>]{0,2000}>", b" ", sample)
    return sample if text.isascii() else text
