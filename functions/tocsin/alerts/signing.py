"""What is derived from the one secret (the pepper): names that tell nothing, codes, signed links.

Everything is HMAC-SHA256 under a purpose of its own, so that what serves one never serves another.
"""

import base64
import hashlib
import hmac
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tocsin.model.lines import SnsProtocol

PEPPER_BYTES = 32  # as many as the hash gives
ID_BYTES = 12  # two of a billion subscribers meet by chance once in 10^11
LINK_LASTS = timedelta(days=30)  # a month of mail; the next alert's footer leads to a new one
CODE_DIGITS = 6  # with five tries one guess in 200,000 succeeds


def mark_of(pepper: bytes, purpose: str, text: str) -> str:
    """A name under which `text` can be found again, and not be read."""
    return _keyed(pepper, purpose, text.encode()).hex()[: 2 * ID_BYTES]


def subscriber_id(pepper: bytes, protocol: SnsProtocol, endpoint: str) -> str:
    """SNS may list an address in the case in which it was written once."""
    same = endpoint.lower() if protocol is SnsProtocol.EMAIL else endpoint
    return mark_of(pepper, "subscriber", f"{protocol}:{same}")


def new_code(randbelow: Callable[[int], int]) -> str:
    """`randbelow` as that of `secrets`."""
    return f"{randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def code_mark(pepper: bytes, number: str, code: str) -> str:
    """What is stored of a code. It is of no use for another number."""
    return _keyed(pepper, "code", f"{number}:{code}".encode()).hex()


def same(mark: str, other: str) -> bool:
    """In the same time, wherever they differ."""
    return hmac.compare_digest(mark.encode(), other.encode())


@dataclass(frozen=True)
class Link:
    """What a signed link says: whose it is, what it is for, and until when."""

    subscriber_id: str
    expires_at: datetime
    purpose: str = "manage"


_VERSION = 1
_PURPOSES = {"manage": 1}
_EXPIRY_BYTES = 5
_BODY_BYTES = 2 + _EXPIRY_BYTES + ID_BYTES
_TOKEN_LETTERS = frozenset(string.ascii_letters + string.digits + "-_")
# 51 bytes are 68 characters of base64 without a bit to spare: there is one spelling of each token.
_TOKEN_CHARACTERS = (_BODY_BYTES + hashlib.sha256().digest_size) * 4 // 3


def to_token(pepper: bytes, link: Link) -> str:
    """For a path of a URL."""
    expiry = int(link.expires_at.timestamp()).to_bytes(_EXPIRY_BYTES, "big")
    kind = bytes((_VERSION, _PURPOSES[link.purpose]))
    body = kind + expiry + bytes.fromhex(link.subscriber_id)
    return base64.urlsafe_b64encode(body + _keyed(pepper, "link", body)).decode()


def find_link(pepper: bytes, token: str, purpose: str, now: datetime) -> Link | None:
    """What a token of ours says; None if it is not ours, not for that, or has ended."""
    if len(token) != _TOKEN_CHARACTERS or not _TOKEN_LETTERS.issuperset(token):
        return None
    raw = base64.urlsafe_b64decode(token)
    body, signature = raw[:_BODY_BYTES], raw[_BODY_BYTES:]
    if not hmac.compare_digest(signature, _keyed(pepper, "link", body)):
        return None
    if body[:2] != bytes((_VERSION, _PURPOSES[purpose])):
        return None
    expires_at = datetime.fromtimestamp(int.from_bytes(body[2 : 2 + _EXPIRY_BYTES], "big"), UTC)
    return Link(body[2 + _EXPIRY_BYTES :].hex(), expires_at, purpose) if now < expires_at else None


_FEED_TOKEN_CHARACTERS = 2 * ID_BYTES * 4 // 3  # as many bytes of signature as of id


def feed_token(pepper: bytes, link_id: str) -> str:
    """For a path of a URL. It has no end: who made the link revokes it."""
    raw = bytes.fromhex(link_id)
    return base64.urlsafe_b64encode(raw + _keyed(pepper, "feed", raw)[:ID_BYTES]).decode()


def find_feed_id(pepper: bytes, token: str) -> str | None:
    """The link whose token it is; None if it is none of ours."""
    if len(token) != _FEED_TOKEN_CHARACTERS or not _TOKEN_LETTERS.issuperset(token):
        return None
    raw = base64.urlsafe_b64decode(token)
    link_id, signature = raw[:ID_BYTES], raw[ID_BYTES:]
    expected = _keyed(pepper, "feed", link_id)[:ID_BYTES]
    return link_id.hex() if hmac.compare_digest(signature, expected) else None


def _keyed(pepper: bytes, purpose: str, data: bytes) -> bytes:
    return hmac.new(pepper, purpose.encode() + b"\0" + data, hashlib.sha256).digest()
