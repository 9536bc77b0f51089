"""What a request brings: a small JSON object or form, of known fields, all of them text."""

import base64
import binascii
import json
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from tocsin.errors import InputError

MAX_BODY_BYTES = 4_096  # the footer of an e-mail, pasted, has some 400 characters
MAX_FIELDS = 8


def fields_of(event: dict[str, Any], known: Collection[str]) -> dict[str, str]:
    """By name; what is empty is left out. Raises InputError."""
    body = _body_of(event)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    match kind:
        case "application/json":
            found = _from_json(body)
        case "application/x-www-form-urlencoded" | "":
            found = _from_form(body)
        case _:
            raise InputError("content-type", "application/json or a form")
    if unknown := set(found) - set(known):
        shown = min(unknown)[:40]
        raise InputError(shown, f"no such field; there are {', '.join(sorted(known))}")
    return {name: value for name, value in found.items() if value}


def _body_of(event: dict[str, Any]) -> str:
    text = event.get("body") or ""
    if len(text) > 2 * MAX_BODY_BYTES:
        raise InputError("body", f"{MAX_BODY_BYTES} bytes at most")
    try:
        raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
        if len(raw) > MAX_BODY_BYTES:
            raise InputError("body", f"{MAX_BODY_BYTES} bytes at most")
        return raw.decode()
    except (UnicodeError, binascii.Error) as error:
        raise InputError("body", "text in UTF-8") from error


def _from_json(body: str) -> dict[str, str]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InputError("body", "a JSON object") from error
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise InputError("body", "a JSON object whose values are texts")
    return found


def _from_form(body: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise InputError("body", f"a form of {MAX_FIELDS} fields at most") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InputError("body", "each field once")
    return found
