"""Who may be told, and by which way: what a person wrote, checked, and made one of a kind.

Errors say what is wrong and never repeat what was written: they may be logged.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from tocsin.alerts.numbers import number_of
from tocsin.errors import InputError
from tocsin.model.lines import Cadence, Channel, Line, SnsProtocol

MAX_EMAIL_CHARACTERS = 254  # RFC 5321, 4.5.3.1.3: a path has 256, and two of them are brackets
MAX_LOCAL_CHARACTERS = 64  # RFC 5321, 4.5.3.1.1
MAX_DOMAIN_CHARACTERS = 253  # RFC 1035 with its length bytes
MAX_URL_CHARACTERS = 2_048  # what SNS takes for an endpoint

# RFC 5321, 4.1.2, but for quoted local parts: no provider gives them, and they hide much.
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}", re.ASCII)
_FUNCTION = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]+)?",
    re.ASCII,
)
# Letters with dots are the same mailbox at these.
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def endpoint_of(protocol: SnsProtocol, text: str, countries: Collection[str] | None = None) -> str:
    """The endpoint as SNS is given it. `countries` are where numbers may be from, None: anywhere.
    Raises InputError."""
    match protocol:
        case SnsProtocol.EMAIL:
            return email_of(text)
        case SnsProtocol.SMS:
            return number_of(text, countries)
        case SnsProtocol.HTTPS:
            return _url_of(text)
        case SnsProtocol.SQS:
            return _arn_of("sqs", _QUEUE, text)
        case SnsProtocol.LAMBDA:
            return _arn_of("lambda", _FUNCTION, text)


def protocol_of(text: str) -> SnsProtocol:
    """By which protocol an endpoint is reached, as it looks. Raises InputError."""
    shown = text.strip()
    if shown.startswith("https://"):
        return SnsProtocol.HTTPS
    if shown.startswith("arn:"):
        return SnsProtocol.LAMBDA if ":lambda:" in shown else SnsProtocol.SQS
    if shown.startswith("+"):
        return SnsProtocol.SMS
    if "@" in shown:
        return SnsProtocol.EMAIL
    raise InputError("address", "an e-mail address, a number with +, an https URL or an ARN")


def line_of(cadence: Cadence, protocol: SnsProtocol) -> Line:
    channel = Channel.SMS if protocol is SnsProtocol.SMS else Channel.MAIL
    return Line(cadence=cadence, channel=channel)


def email_of(text: str) -> str:
    """In lower case, its domain in ASCII (IDNA). No mail server of note tells upper case from
    lower in the local part, and one person shall not be two. Raises InputError."""
    stripped = text.strip(" ")
    local, at, domain = stripped.rpartition("@")
    if not at:
        raise InputError("email", "an address has an @, as anna@example.org")
    local = local.lower()
    if not local.isascii():
        raise InputError("email", "letters beyond a-z before the @ cannot be delivered by SNS")
    if len(local) > MAX_LOCAL_CHARACTERS or not _LOCAL.fullmatch(local):
        raise InputError("email", "what is before the @ is no name of a mailbox")
    address = f"{local}@{_domain_of(domain)}"
    if len(address) > MAX_EMAIL_CHARACTERS:
        raise InputError("email", f"longer than {MAX_EMAIL_CHARACTERS} characters")
    return address


def _domain_of(domain: str) -> str:
    plain = domain if domain.isascii() else _in_ascii(domain)
    labels = plain.lower().split(".")
    named = len(labels) > 1 and len(plain) <= MAX_DOMAIN_CHARACTERS and not labels[-1].isdigit()
    if not named or not all(_LABEL.fullmatch(label) for label in labels):
        raise InputError("email", "what is after the @ is no domain, as example.org")
    return ".".join(labels)


def _in_ascii(domain: str) -> str:
    import idna

    if len(domain) > MAX_DOMAIN_CHARACTERS:  # the encoder takes the square of its length
        raise InputError("email", "what is after the @ is no domain, as example.org")
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise InputError("email", "its international domain is not a valid one") from error


def mailbox_of(email: str) -> str:
    """What quotas count by: tags after a + make no other mailbox, and dots at some none."""
    local, _, domain = email.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def masked(protocol: SnsProtocol, endpoint: str) -> str:
    """For pages whose link may be forwarded: enough for its owner to know it."""
    if protocol is SnsProtocol.EMAIL:
        local, _, domain = endpoint.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{endpoint[-3:]}" if protocol is SnsProtocol.SMS else protocol.value


def _url_of(text: str) -> str:
    parts = urlsplit(text) if text.isascii() and text.isprintable() and " " not in text else None
    if parts is None or parts.scheme != "https" or not parts.hostname or len(text) > 2_048:
        raise InputError(
            "https", f"a URL as https://example.org/hook of {MAX_URL_CHARACTERS} at most"
        )
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InputError("https", "a URL without a user, a password and a #")
    return text


def _arn_of(field: str, pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise InputError(field, f"an ARN as arn:aws:{field}:eu-central-1:123456789012:...")
    return text
