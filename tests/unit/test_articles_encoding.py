"""Bytes to text, and what was garbled before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.articles.encoding import codec_of, decode, mended

UKRAINIAN = (
    "Електричний пором цілу зиму ходив через затоку без жодного дня ремонту, кажуть у порту. "
    "Капітан розповів, що акумулятори на морозі втратили менше, ніж обіцяли корабели навесні."
)
TEXTS = {
    "cp1251": UKRAINIAN,
    "koi8_u": UKRAINIAN,
    "iso8859-5": "Первая зима парома в порту, говорят в городе. Капитан рассказал о батареях.",
    "cp1252": "Größe über Straße für Häfen, süße Brötchen und schöne Grüße",
    "cp1253": "Το λιμάνι ζήτησε ειρήνη από το συμβούλιο την Τρίτη το βράδυ",
    "cp1255": "המועצה ביקשה שומרי שלום ביום שלישי בערב",
    "cp1256": "طلب المجلس قوات حفظ السلام مساء الثلاثاء",
    "shift_jis": "港の議会は火曜日に平和維持軍を求めた。灯台は一時間消えていた。",
    "euc_jp": "港の議会は火曜日に平和維持軍を求めた。灯台は一時間消えていた。",
    "iso2022_jp": "港の議会は火曜日に平和維持軍を求めた。",
    "gb18030": "港口议会星期二要求维和人员，灯塔熄灭了一个小时",
    "big5": "港口議會星期二要求維和人員，燈塔熄滅了一個小時",
    "euc_kr": "항구 의회는 화요일에 평화 유지군을 요청했다",
}


def page(text: str, head: str = "") -> str:
    return f"<html><head>{head}</head><body><p>{text * 5}</p></body></html>"


@pytest.mark.parametrize("encoding", TEXTS)
def test_the_http_header_names_the_encoding(encoding: str) -> None:
    found = decode(page(TEXTS[encoding]).encode(encoding), f'text/html; Charset="{encoding}"')
    assert TEXTS[encoding] in found.text
    assert found.told_by == "header"


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize(
    "head",
    ['<meta charset="{}">', "<META content='text/html; charset={}' http-equiv=Content-Type>"],
)
def test_a_page_names_its_encoding_itself(encoding: str, head: str) -> None:
    body = page(TEXTS[encoding], head.format(encoding)).encode(encoding)
    found = decode(body, "text/html")
    assert TEXTS[encoding] in found.text
    assert found.told_by == "meta"


@pytest.mark.parametrize("encoding", TEXTS)
def test_an_encoding_that_nobody_names_is_detected(encoding: str) -> None:
    found = decode(page(TEXTS[encoding]).encode(encoding), "text/html")
    assert TEXTS[encoding] in found.text
    assert found.told_by == "detection"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_goes_before_every_statement(encoding: str) -> None:
    head = '<meta charset="windows-1251">'
    found = decode(page(UKRAINIAN, head).encode(encoding), "text/html; charset=koi8-u")
    assert UKRAINIAN in found.text
    assert found.text.startswith("<html>")
    assert found.told_by == "bom"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("header", ["text/html", "text/html; charset=utf-8"])
def test_utf_16_is_known_without_its_mark(encoding: str, header: str) -> None:
    assert UKRAINIAN in decode(page(UKRAINIAN).encode(encoding), header).text


@pytest.mark.parametrize("stated", ["windows-1251", "iso-8859-1", "gb2312", "nonsense", "utf-16"])
def test_valid_utf_8_is_utf_8_whatever_it_is_called(stated: str) -> None:
    body = page(UKRAINIAN, f'<meta charset="{stated}">').encode()
    found = decode(body, f"text/html; charset={stated}")
    assert UKRAINIAN in found.text
    assert found.encoding == "utf-8"


def test_a_statement_that_the_bytes_do_not_bear_out_is_passed_over() -> None:
    body = page(UKRAINIAN, '<meta charset="windows-1251">').encode("cp1251")
    found = decode(body, "text/html; charset=utf-8")
    assert UKRAINIAN in found.text
    assert found.told_by == "meta"


def test_a_page_of_utf_8_with_a_broken_byte_stays_utf_8() -> None:
    body = page(UKRAINIAN).encode() + b"\xff"
    found = decode(body, "text/html; charset=utf-8")
    assert UKRAINIAN in found.text
    assert found.text.endswith("\ufffd")


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF8", "utf-8"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("windows-1251", "cp1251"),
        ("x-sjis", "cp932"),
        ("gb2312", "gb18030"),
        ("ks_c_5601-1987", "cp949"),
        ("koi8-r", "koi8-u"),
        *(
            (name, None)
            for name in ("zlib", "rot13", "unicode_escape", "punycode", "utf-7", "idna")
        ),
        ("no-such-thing", None),
    ],
)
def test_a_label_is_read_as_browsers_do_and_names_an_encoding_of_text_only(
    label: str, codec: str | None
) -> None:
    assert codec_of(label) == codec


def test_control_characters_go_and_white_space_stays() -> None:
    assert decode(b"<p>\0a\x01\tb\r\nc\x0b</p>", "").text == "<p>a\tb\r\nc</p>"
    assert decode("<p>\x01ж</p>".encode("cp1251"), "charset=cp1251").text == "<p>ж</p>"


# ── Garbled before it came ───────────────────────────────────────────────────────────────────────

ENGLISH = "The council’s “peace” – as promised – won’t wait… said José."


@pytest.mark.parametrize("read_as", ["cp1252", "latin-1"])
def test_utf_8_that_was_read_as_latin_is_put_right(read_as: str) -> None:
    garbled = "".join(bytes([n]).decode(read_as, "ignore") or chr(n) for n in ENGLISH.encode())
    assert garbled != ENGLISH
    assert mended(garbled) == ENGLISH


def test_utf_8_that_was_read_as_cyrillic_is_put_right() -> None:
    text = "Привет мир, это новости порта: паром ходил через залив"
    garbled = "".join(bytes([n]).decode("cp1251", "ignore") or chr(n) for n in text.encode())
    assert mended(garbled) == text


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        *TEXTS.values(),
        "NÃO É À TOA: AÇÃO, VISÃO, CORAÇÃO",
        "Â«Ã la carteÂ»: one, two",  # two sequences are not three
        "Ärger, Öl, Übel: „Ä“ und „Ö“ und „Ü“",
        "RÅ° Â§ Ã½ and Ã† \u00c3\u00a9 \u00e0\u00a9\u00aa",  # one of them gives no usual letter
        "Рейтер, Россия, Сербия: «Р», «С», РФ, СССР, РС",
        "Ελληνικά, Ñandú, Îles, Ðorđe",
        "",
    ],
)
def test_what_is_not_surely_garbled_is_left_alone(text: str) -> None:
    assert mended(text) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200))
def test_utf_8_comes_back_as_it_was_but_for_what_is_mended(text: str) -> None:
    assert decode(text.encode(), "").text == mended(text.removeprefix("\ufeff"))


@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=utf-16", "charset=gbk"]))
def test_any_bytes_become_text_without_control_characters(body: bytes, header: str) -> None:
    text = decode(body, header).text
    assert not any(char < " " and char not in "\t\n\r" for char in text)
