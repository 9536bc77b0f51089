"""URLs of articles: which of them are the same."""

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

# Parameters that say where a reader came from, not what is read.
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|at_(medium|campaign|custom\d)"
    r"|xtor|ref_src|ns_(campaign|mchannel|source)|cmpid|wt\.mc_id|ocid|ftag|guccounter)$",
    re.IGNORECASE,
)
# Hosts of one site: telephone and AMP versions hold the same articles.
_HOST_PREFIX = re.compile(r"^(www\d?|m|mobile|amp)\.")
_ANY_TEXT = "surrogatepass"  # half a character, which JSON can state, is part of a URL too
MAX_URL_CHARACTERS = 2_048  # what is longer is never fetched
IDENTITY_CHARACTERS = 24  # 96 bits of SHA-256: no two of 10^12 URLs meet by chance


def identity(url: str) -> str:
    """A short name of what the URL leads to: the same for http and https, with or without www,
    fragment, trailing slash, tracking parameters, or in another order of parameters."""
    comparable = _comparable(url).encode(errors=_ANY_TEXT)
    return hashlib.sha256(comparable).hexdigest()[:IDENTITY_CHARACTERS]


def _comparable(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:  # it leads nowhere, but it is still one URL and not another
        return url.strip()
    host = _HOST_PREFIX.sub("", (parts.hostname or "").lower().rstrip("."))
    path = quote(unquote(parts.path), safe="/!$&'()*+,;=:@~", errors=_ANY_TEXT).rstrip("/")
    kept = sorted(p for p in parse_qsl(parts.query, keep_blank_values=True) if _tells(p[0]))
    return f"{host}{port}{path}?{urlencode(kept, errors=_ANY_TEXT)}"


def _tells(parameter: str) -> bool:
    return not _TRACKING.match(parameter)


def canonical_url(page_url: str, stated: str | None) -> str:
    """The URL that a page states as its own (rel=canonical), where it can be believed.

    A page that names another site is a copy of that site's article, and an article of its own. One
    that names its site's front page states the same for every page.
    """
    try:
        target = urlsplit(urljoin(page_url, stated or page_url))
        here = urlsplit(page_url)
        same_site = _site(target.netloc) == _site(here.netloc)
    except ValueError:
        return page_url
    url = target.geturl()
    tells = same_site and target.path not in ("", "/") and len(url) <= MAX_URL_CHARACTERS
    return url if tells and target.scheme in ("http", "https") else page_url


def _site(netloc: str) -> str:
    return _HOST_PREFIX.sub("", netloc.lower())
