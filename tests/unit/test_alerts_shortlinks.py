"""Short links of articles."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ARTICLE_URL
from tocsin.alerts.shortlinks import article_id_of, find_short_link, short_code
from tocsin.articles.urls import identity

IDS = st.binary(min_size=12, max_size=12).map(bytes.hex)


@given(IDS)
def test_a_code_leads_to_its_article_and_no_other(article_id: str) -> None:
    code = short_code(article_id)
    assert len(code) == 16
    assert code.replace("-", "").replace("_", "").isalnum()
    assert article_id_of(code) == article_id


@given(st.text(st.sampled_from("ABCXYZabcxyz0189-_"), min_size=16, max_size=16))
def test_an_article_has_one_code(code: str) -> None:
    assert short_code(article_id_of(code)) == code


@given(st.text().filter(lambda text: not re.fullmatch("[A-Za-z0-9_-]{16}", text)))
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="16 characters"):
        article_id_of(text)


SIXTEEN = "A" * 16


@pytest.mark.parametrize(
    "code", ["", SIXTEEN[1:], SIXTEEN + "A", SIXTEEN[1:] + "=", SIXTEEN[1:] + "é", SIXTEEN + "\n"]
)
def test_codes_of_another_form_are_refused(code: str) -> None:
    with pytest.raises(ValueError, match="16 characters"):
        article_id_of(code)


@pytest.mark.parametrize("article_id", ["", "0" * 23, "0" * 25, "A" * 24, "0" * 24 + "\n"])
def test_what_is_no_articles_id_has_no_code(article_id: str) -> None:
    with pytest.raises(ValueError, match="24 hexadecimal digits"):
        short_code(article_id)
    assert find_short_link(article_id, "https://n.example") is None


def test_every_article_has_a_short_link_where_the_api_has_an_address() -> None:
    article_id = identity(ARTICLE_URL)
    code = short_code(article_id)
    assert find_short_link(article_id, "https://n.example") == f"https://n.example/a/{code}"
    assert find_short_link(article_id, "") is None
