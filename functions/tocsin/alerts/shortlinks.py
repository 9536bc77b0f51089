"""The code of an article in a short link: `<address of the API>/a/<code>`, for SMS."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

# An article's id is twelve bytes in hexadecimal; sixteen characters of base64url hold just as many,
# so that each article has one code, and each code one article.
_ARTICLE_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9_-]{16}", re.ASCII)


def short_code(article_id: str) -> str:
    """Raises ValueError for what is no article's id."""
    if not _ARTICLE_ID.fullmatch(article_id):
        raise ValueError(f"not an article's id: {article_id!r}; it has 24 hexadecimal digits")
    return urlsafe_b64encode(bytes.fromhex(article_id)).decode()


def article_id_of(code: str) -> str:
    """The opposite of `short_code`. Raises ValueError for what is no code."""
    if not _CODE.fullmatch(code):
        raise ValueError(f"not the code of a short link: {code[:40]!r}; it has 16 characters")
    return urlsafe_b64decode(code).hex()


def find_short_link(article_id: str, api_url: str) -> str | None:
    """None where the API has no address, or the article an id of another kind."""
    if not api_url or not _ARTICLE_ID.fullmatch(article_id):
        return None
    return f"{api_url}/a/{short_code(article_id)}"
