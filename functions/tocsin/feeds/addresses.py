"""URLs of a feed's entries: which lead to the same article."""

import re
from urllib.parse import quote, unquote, urlsplit

# Parameters and fragments that say where a reader came from, or which version is shown. Only those
# that mean nothing else anywhere: `ref`, `source`, `cid` name articles on some sites, and to take
# two articles for one is to miss one.
_TRACKING = re.compile(
    r"utm_\w*|(?:fb|g|d|y|tt|tw)clid|msclkid|[gw]braid|gclsrc|igshid|mc_[ce]id|mkt_tok|_ga"
    r"|at_(?:medium|campaign|custom\d)|ns_(?:campaign|mchannel|source)|xtor|ref_?src|cmpid|wt\.\w*"
    r"|ocid|ftag|guc\w*|smid|wpisrc|ncid|pk_\w*|mtm_\w*|feedtype|feedname|amp|outputtype",
    re.IGNORECASE,
)
_VERSION_HOST = re.compile(r"(www\d?|m|mobile|amp)\.(?=[^.]+\.)")
_AMP_CACHE = re.compile(r"https?://[\w-]+\.cdn\.ampproject\.org/\w/(?:s/)?", re.IGNORECASE)
_AMP_PATH = re.compile(r"(?<=.)/amp/?$|^/amp(?=/.)|\.amp(?=(\.html?)?$)", re.IGNORECASE)


def comparable(url: str) -> str:
    """Equal for http and https, with or without www, telephone and AMP versions, a closing slash,
    tracking parameters or their order. A fragment stays: it may name an entry of a live blog."""
    try:
        parts = urlsplit(_AMP_CACHE.sub("https://", url.strip(), count=1))
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:  # it leads nowhere, but it is still one URL and not another
        return url.strip()
    host = _VERSION_HOST.sub("", (parts.hostname or "").rstrip("."), count=1)
    path = quote(unquote(parts.path), safe="/!$&'()*+,;=:@~", errors="surrogatepass")
    query = "&".join(sorted(filter(_tells, parts.query.split("&"))))
    fragment = parts.fragment if _tells(parts.fragment) else ""
    return f"{host}{port}{_AMP_PATH.sub('', path).rstrip('/')}?{query}#{fragment}"


def _tells(pair: str) -> bool:
    return bool(pair) and not _TRACKING.fullmatch(pair.partition("=")[0])
