"""URLs of articles: which of them are the same."""

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

# Parameters that say where a reader came from, not what is read.
_TRACKING = re.compile(
    r"^(utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|at_(medium|campaign|custom\d)"
    r"|xtor|ref_src|ns_(campaign|mchannel|source)|cmpid|wt\.mc_id|ocid|ftag|guccounter"
    r"|wbraid|gbraid|twclid|ttclid|srsltid|_hs(enc|mi)|oly_(anon|enc)_id|vero_id|mkt_tok|s_cid"
    r"|cmp|icid|smid|smtyp|mibextid|li_fat_id|spm|share_?token|shareadraft"
    r"|phpsessid|jsessionid|amp|outputtype)$",
    re.IGNORECASE,
)
# Hosts of one site: telephone and AMP versions hold the same articles. `de.m.site` is `de.site`.
_HOST_PREFIX = re.compile(r"^(www\d?|m|mobile|amp|touch|wap)\.|(?<=\.)m\.(?=[^.]+\.)")
# Where Google keeps copies of AMP pages: the page's own address follows.
_AMP_COPY = re.compile(
    r"^https?://(?:[\w-]+\.cdn\.ampproject\.org/[cv]/|(?:www\.)?google\.[a-z.]{2,6}/amp/)(s/)?(?=\S)"
)
_AMP_PATH = re.compile(r"^/amp(?=/.)|(?<=.)/amp/?$|\.amp(?=\.html?$|$)", re.IGNORECASE)
_INDEX = re.compile(r"/(index|default)\.(html?|php|aspx?|jsp)$", re.IGNORECASE)
_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_ANY_TEXT = "surrogatepass"  # half a character, which JSON can state, is part of a URL too
MAX_URL_CHARACTERS = 2_048  # what is longer is never fetched
IDENTITY_CHARACTERS = 24  # 96 bits of SHA-256: no two of 10^12 URLs meet by chance


def identity(url: str) -> str:
    """A short name of what the URL leads to: the same for http and https, for hosts and paths of
    telephone and AMP versions, with or without www, fragment, trailing slash, index.html, session
    and tracking parameters, or in another order of parameters."""
    comparable = _comparable(url).encode(errors=_ANY_TEXT)
    return hashlib.sha256(comparable).hexdigest()[:IDENTITY_CHARACTERS]


def _comparable(url: str) -> str:
    try:
        parts = urlsplit(_original(url.strip()))
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:  # it leads nowhere, but it is still one URL and not another
        return url.strip()
    host = _HOST_PREFIX.sub("", (parts.hostname or "").lower().rstrip("."))
    plain = _AMP_PATH.sub("", _INDEX.sub("/", _SESSION.sub("", parts.path)))
    path = quote(unquote(plain), safe="/!$&'()*+,;=:@~", errors=_ANY_TEXT).rstrip("/")
    kept = sorted(p for p in parse_qsl(parts.query, keep_blank_values=True) if _tells(p[0]))
    return f"{host}{port}{path}?{urlencode(kept, errors=_ANY_TEXT)}"


def _original(url: str) -> str:
    """Of a copy of an AMP page."""
    copy = _AMP_COPY.match(url)
    return f"http{'s' if copy[1] else ''}://{url[copy.end() :]}" if copy else url


def _tells(parameter: str) -> bool:
    return not _TRACKING.match(parameter)


def plain_host(host: str) -> str:
    """The same for a site's hosts for telephones and AMP, with or without www."""
    return _HOST_PREFIX.sub("", host.lower().rstrip("."))


def canonical_url(page_url: str, stated: str | None) -> str:
    """The URL that a page states as its own (rel=canonical), where it can be believed.

    A page that names another site is a copy of that site's article, and an article of its own. One
    that names its site's front page states the same for every page. Without a fragment and
    tracking parameters, whoever stated it.
    """
    own = without_tracking(_original(page_url))
    try:
        target = urlsplit(urljoin(own, _original((stated or own).strip())))
        here = urlsplit(own)
        same_site = _site(target.netloc) == _site(here.netloc)
    except ValueError:
        return own
    url = without_tracking(str(target.geturl()))
    tells = same_site and target.path not in ("", "/") and len(url) <= MAX_URL_CHARACTERS
    return url if tells and target.scheme in ("http", "https") else own


def without_tracking(url: str) -> str:
    """To show: without its fragment and what says where a reader came from, else as it is."""
    if not url.startswith(("http://", "https://")):
        return url
    before, mark, query = url.partition("#")[0].partition("?")
    kept = [each for each in query.split("&") if each and _tells(each.partition("=")[0])]
    return f"{before}?{'&'.join(kept)}" if mark and kept else before


def _site(netloc: str) -> str:
    return _HOST_PREFIX.sub("", netloc.lower())
