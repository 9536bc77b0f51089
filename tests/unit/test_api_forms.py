"""What strangers send, and what they are shown."""

import base64
import html
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.api.forms import MAX_BODY_BYTES, fields_of
from tocsin.api.pages import overview_page
from tocsin.errors import InputError
from tocsin.model.lines import Cadence
from tocsin.model.subscribers import SubscriptionState
from tocsin.pipeline.manage import Overview, Standing

KNOWN = ("topic", "email")
TYPES = ["application/json", "application/x-www-form-urlencoded", "text/plain", ""]


def event(body: bytes, kind: str) -> dict[str, Any]:
    text = base64.b64encode(body).decode()
    return {"body": text, "isBase64Encoded": True, "headers": {"Content-Type": kind}}


@given(st.binary(max_size=MAX_BODY_BYTES + 200), st.sampled_from(TYPES))
def test_any_body_is_known_fields_or_refused(body: bytes, kind: str) -> None:
    try:
        found = fields_of(event(body, kind), KNOWN)
    except InputError:
        return
    assert set(found) <= set(KNOWN)
    assert all(isinstance(each, str) and each for each in found.values())


@given(st.dictionaries(st.sampled_from(KNOWN), st.text(min_size=1, max_size=200)))
def test_json_and_forms_say_the_same(fields: dict[str, str]) -> None:
    as_json = event(json.dumps(fields).encode(), TYPES[0])
    as_form = event(urlencode(fields, errors="surrogatepass").encode(), TYPES[1])
    assert fields_of(as_json, KNOWN) == fields_of(as_form, KNOWN) == fields


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10 * MAX_BODY_BYTES])
def test_a_large_body_is_refused_before_it_is_parsed(size: int) -> None:
    with pytest.raises(InputError, match="4096 bytes at most"):
        fields_of(event(b"[" * size, TYPES[0]), KNOWN)


@given(st.text(max_size=60), st.sampled_from(SubscriptionState), st.sampled_from(Cadence))
def test_no_name_can_break_out_of_the_page(
    name: str, state: SubscriptionState, cadence: Cadence
) -> None:
    at = datetime(2031, 3, 12, tzinfo=UTC)
    hostile = f'"><script>{name}</script>'
    standing = Standing("peace", hostile, cadence, state, at)
    page = overview_page(Overview(hostile, (standing,)), note=hostile)
    assert "<script" not in page
    assert html.escape(hostile) in page
    tags = set(re.findall(r"<(\w+)", page))
    assert tags <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "section"),
        *("form", "input", "button", "select", "option"),
    }
