"""What pages say around their articles, and how they name what holds it.

General vocabulary of publishing systems and of newsrooms, in the languages of the readers we know
of. Nothing is dropped for a word of these alone: they are features among others, and weights say
what they are worth.
"""

import re

# What the names of boxes say that they hold, by the beginnings of their words.
GROUPS = {
    "text": "article body content entry post story text main paragraph prose copy rich hentry "
    "news detail page",
    "related": "relat recommend more teaser promo read next also prev popular trend most latest "
    "card list tag topic keyword carousel slider gallery outbrain taboola widget "
    "aside side rail recirc associat similar suggest linkbox link infinite feed grid "
    "tile",
    "caption": "caption figcaption credit photo image img media figure legend picture video "
    "thumb foto",
    "share": "share sharing social follow facebook twitter whatsapp tool print action button "
    "btn icon",
    "comment": "comment disqus discuss respond reply replies reader forum",
    "chrome": "nav menu foot masthead breadcrumb banner cookie consent modal popup pop login "
    "search skip toolbar header gdpr notice alert",
    "byline": "byline author bio meta date time published dateline kicker category contributor "
    "writer eyebrow rubric section reading profile credit source",
    "offer": "newsletter subscri signup sign paywall register donat support advert ad ads adv "
    "sponsor premium member abo offer promotion affiliate shop product cta",
    "summary": "summary lead lede intro standfirst subtitle sub subhead deck dek excerpt perex "
    "abstract description chapo entradilla bajada sapo",
    "hidden": "hidden visually sr screen offscreen print noprint",
    "aside": "disclaim correction note fact info quote pull box callout highlight toc jump "
    "rating poll quiz player accordion tab",
}
# Beginnings that count as whole words only: "ad" is no beginning of "address".
WHOLE_WORDS = frozenset(
    ("abo", "ad", "ads", "adv", "bio", "btn", "cta", "img", "nav", "sr", "sub", "tag")
)
BODY_NAME = re.compile(
    r"(?:article|story|post|entry|news|page|main|single|blog|detail)[-_ ]*"
    r"(?:body|text|content|copy|inner|full|main)"
    r"|articlebody|\bprose\b|rich-?text|body-?(?:text|copy|content)",
    re.IGNORECASE,
)

# How pointers to other articles begin.
_READ_ALSO = (
    "read more|read also|read next|read on|read full|read the full|read:|also read"
    "|see also|see more|watch:|watch now|watch|listen|learn more|find out|discover more"
    "|explore more|check out|more from|more on|more about|more in|more stories|more news"
    "|related|recommended|you may|you might|don't miss|don’t miss|what to read|up next"
    "|trending|most read|most popular|most viewed|latest|editor's pick|editors' pick"
    "|editor’s pick|in case you missed|further reading|click here|continue reading"
    "|keep reading|popular|top stories|must read|must-read|keep up|in other news"
    "|lesen sie|mehr zum|mehr zu|mehr von|mehr aus|mehr über|auch interessant|lesetipp"
    "|das könnte|weitere|zum thema|lies auch|meistgelesen|empfohlen|passend dazu"
    "|siehe auch|hier geht|hier lesen|hier finden|dazu passt|lire aussi|lire la suite"
    "|lire plus|lire également|à lire|voir aussi|sur le même|en savoir plus|notre dossier"
    "|lea también|lea más|lee también|lee más|te puede interesar|más información"
    "|más noticias|más sobre|ver también|noticias relacionadas|leia também|leia mais"
    "|saiba mais|veja também|veja mais|leggi anche|per approfondire|potrebbe interessarti"
    "|читайте|читати також|читать также|дивіться також|смотрите также|по темі|по теме"
    "|більше новин|також по темі|вам може|новини за темою|czytaj|zobacz też|zobacz także"
    "|zobacz również|przeczytaj|polecamy|lees ook|lees meer|meer over|bekijk ook"
    "|läs också|läs även|läs mer|les også|læs også|lue myös|devamını|ayrıca oku"
    "|citește și|přečtěte|čtěte|olvassa|اقرأ|إقرأ|यह भी|関連|相关|更多|관련"
)
# Newsletters, accounts, gifts.
_OFFERS = (
    "newsletter|sign up|signing up|subscri|inbox|log in|login|sign in|register |our app"
    "|free trial|follow us|join us|join our|like us|support us|support our|donat"
    "|become a member|advertis|sponsored|affiliate|commission|mailbox|e-mail|abonn"
    "|anmelden|registrier|jetzt testen|kostenlos|folgen sie|inscri|infolettre|suscr"
    "|suscrí|regístrate|boletín|síguenos|iscriviti|assine|підпис|підпиш|подпис|реклам"
    "|subskry|zapisz|prenumer|obserwuj|telegram|whatsapp"
)
# Rights, rules, corrections.
_RIGHTS = (
    "©|(c) 20|copyright|all rights|alle rechte|tous droits|todos los derechos"
    "|tutti i diritti|direitos reservados|terms of|privacy|cookie|datenschutz|impressum"
    "|disclaimer|may not be|редакци|передрук|усі права|все права|typo|mistake|corrections"
    "|republish|reprint|first published|originally|appeared|contact the"
)
# Cookies and what else a browser is asked to agree to, or to switch on.
_CONSENT = (
    "cookie|consent|tracking technolog|javascript|your browser|ad blocker|adblock|datenschutz"
    "|einwillig|zustimm|privacy settings|privacy policy|privatsphäre|personalis|personaliz"
    "|confidentialité|traceurs|consentimiento|navegador|privacidad|informativa|toestemming"
    "|samtykke|zgod|przeglądar|согласие|соглашаетесь|файлов cookie|згод"
)
# Whose picture it is.
_CREDITS = (
    "photo|image|picture|foto|bild|quelle:|crédit|credit|source:|illustration|imago|getty"
    "|reuters|afp|epa|dpa|/ap|shutterstock|unsplash|istock|фото|джерело:|источник:"
    "|courtesy|pic.twitter|screenshot|video"
)
# How lines with names, times and buttons begin.
_BYLINES = (
    "by |von |par |por |di |da |автор|written by|posted |published |updated|last updated"
    "|last modified|veröffentlicht|aktualisiert|publié|mis à jour|publicado|actualizado"
    "|pubblicato|опублік|опублик|stand:|edited by|reporting by|share|teilen|partager"
    "|compartir|comment|kommentar|print|drucken|save|merken"
)

READ_ALSO = tuple(_READ_ALSO.split("|"))
OFFERS = tuple(_OFFERS.split("|"))
RIGHTS = tuple(_RIGHTS.split("|"))
CONSENT = tuple(_CONSENT.split("|"))
CREDITS = tuple(_CREDITS.split("|"))
BYLINES = tuple(_BYLINES.split("|"))
