"""Pages that stand in front of an article: they ask for consent, or for money."""

import re
from urllib.parse import urlsplit

CONSENT, PAYWALL = "consent_wall", "paywall"
_SHORT = 1_500  # characters; walls say less, articles more
_CONSENT_URL = re.compile(
    r"^(?:consent|cmp|guce|privacy|myprivacy|cookies?|zustimmung)\."
    r"|/(?:consent|cookie-?wall|privacy-?gate|zustimmung|consentcheck)\b"
)
_CONSENT = re.compile(
    r"\b(?:cookies?|consent|personal(?:ised|ized) (?:ads?|content)|our \d* ?partners"
    r"|privacy (?:policy|settings)"
    r"|zustimm\w+|einwillig\w+|akzeptier\w+|werbefrei\w*|datenschutz\w*|pur-abo"
    r"|consentement|accepter|témoins de connexion|partenaires|consentimiento|aceptar|privacidad"
    r"|consenso|accetta|informativa|toestemming|accepteren|zgod[aęy]|akceptuj\w*|ciasteczk\w*"
    r"|plik\w* cookie"
    r"|файл\w* cookie|куки|згод[аиу]|соглас\w+)\b",
    re.IGNORECASE,
)
_PAY = re.compile(
    r"\b(?:subscribe (?:now|today|to (?:continue|read|unlock|get))|to continue reading"
    r"|already a subscriber"
    r"|subscribers? only|for subscribers|log ?in to (?:continue|read)"
    r"|unlock (?:this|the) (?:article|story)"
    r"|jetzt (?:abonnieren|weiterlesen|testen)|weiterlesen mit|nur für abonnenten"
    r"|abonnent(?:en|innen)"
    r"|réservé aux abonnés|abonnez-vous|il vous reste|s'abonner|suscríb\w+|solo para suscriptores"
    r"|abbonati|riservato agli abbonati|assine|exclusivo para assinantes|prenumerera|abonneer"
    r"|dostęp do (?:całego|pełnego)|subskryb\w+|передплат\w+|оформ\w+ подписку"
    r"|только для подписчиков)\b",
    re.IGNORECASE,
)


def is_consent_wall(url: str, text: str) -> bool:
    """`url` is where redirects led to; a wall is at an address of its own, or half of its few lines
    speak of consent."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    lines = text.splitlines()
    if len(text) > _SHORT or not lines:
        return False
    asking = sum(bool(_CONSENT.search(line)) for line in lines)
    at_wall = _CONSENT_URL.search(f"{parts.hostname or ''}{parts.path}".lower())
    return asking >= 1 if at_wall else asking >= 2 and asking * 2 >= len(lines)


def is_paywalled(stated: bool | None, text: str) -> bool:
    """What the page states decides; one that states nothing, by a short text whose end asks for a
    subscription."""
    if stated is not None:
        return stated
    return len(text) <= _SHORT and any(_PAY.search(line) for line in text.splitlines()[-3:])
