"""Which bytes a document's characters are."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.feeds.charsets import utf8

NEWS = "Новини з гавані: мир і порядок. Рада зібралася вчора ввечері, щоб вирішити це. "
FISH = "Über Zürich und Genève, café à côté. "


def document(text: str, declared: str = "") -> str:
    return f'<?xml version="1.0"{declared}?><rss><title>{text}</title></rss>'


def read(body: bytes, content_type: str = "application/xml") -> str:
    return utf8(body, content_type).decode()


@pytest.mark.parametrize("content_type", ["", "text/xml", "text/xml; charset=iso-8859-1"])
def test_what_is_utf_8_is_read_as_it_whatever_is_said(content_type: str) -> None:
    declared = ' encoding="windows-1252"'
    assert NEWS in read(document(NEWS, declared).encode(), content_type)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_a_mark_or_the_width_of_units_tells(encoding: str) -> None:
    assert NEWS in read(document(NEWS).encode(encoding))


def test_big_endian_with_a_mark() -> None:
    assert NEWS in read(codecs.BOM_UTF16_BE + document(NEWS).encode("utf-16-be"))


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-u", "iso-8859-5"])
def test_http_is_believed_before_the_declaration(encoding: str) -> None:
    body = document("Новини", ' encoding="windows-1253"').encode(encoding)
    assert "Новини" in read(body, f'text/xml; charset="{encoding}"')


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *(
            ("windows-1251", "Новини"),
            ("gb2312", "新闻"),
            ("euc-kr", "뉴스"),
            ("shift_jis", "ニュース"),
        ),
        *(("iso-8859-2", "Łódź"), ("iso-8859-1", "café"), ("euc-jp", "ニュース"), ("big5", "新聞")),
        ("iso-2022-jp", "ニュース"),
    ],
)
def test_the_declaration_is_believed_else(encoding: str, text: str) -> None:
    assert text in read(document(text, f" encoding='{encoding}'").encode(encoding))


def test_latin_1_means_windows_1252_as_browsers_have_it() -> None:
    body = document("“news” – €", ' encoding="iso-8859-1"').encode("cp1252")
    assert "“news” – €" in read(body)


@pytest.mark.parametrize("declared", ["", ' encoding="utf-8"', ' encoding="us-ascii"'])
def test_latin_letters_that_are_declared_wrong_are_read(declared: str) -> None:
    assert FISH in read(document(FISH, declared).encode("cp1252"))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", NEWS),
        ("koi8_u", NEWS),
        ("cp1253", "Νέα από το λιμάνι: το συμβούλιο συνεδρίασε χθες το βράδυ για την ειρήνη. "),
        ("cp949", "항구의 소식: 의회는 어제 저녁 평화를 결정하기 위해 모였습니다. "),
    ],
)
def test_other_letters_that_are_not_declared_are_detected(encoding: str, text: str) -> None:
    assert text in read(document(text * 4).encode(encoding))


@pytest.mark.parametrize("declared", ["", ' encoding="utf-8"'])
def test_utf_8_that_is_cut_within_a_character_stays_utf_8(declared: str) -> None:
    body = document(NEWS, declared).encode().partition("порядок".encode())[0]
    assert read(body[:-2]).startswith(document(NEWS, declared).partition(" і порядок")[0][:-1])


@pytest.mark.parametrize(
    "name", ["punycode", "undefined", "rot13", "no-such", "utf-7", "idna", "hex", "unicode_escape"]
)
def test_an_encoding_that_is_none_of_text_is_passed_over(name: str) -> None:
    body = document(FISH, f' encoding="{name}"').encode("cp1252")
    assert FISH in read(body, f"text/xml; charset={name}")


@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_bytes_become_utf_8(body: bytes, charset: str) -> None:
    utf8(body, f"text/xml; charset={charset}").decode()
