"""News agencies, the credits that they are given, and the sentence that says who reported it."""

import re
from dataclasses import dataclass
from functools import cache

# Name as shown → other spellings. Those of two letters and more count in credits only, in capitals.
_AGENCIES = {
    "AFP": ("Agence France-Presse", "Agence France Presse", "АФП", "फ़्रांस प्रेस"),
    "AP": ("Associated Press", "The Associated Press", "АП", "Ассошиэйтед Пресс"),
    "Reuters": (
        "Thomson Reuters",
        "Рейтер",
        "Ройтерз",
        "Рейтерс",
        "رويترز",
        "路透社",
        "路透",
        "ロイター",
    ),
    "dpa": ("Deutsche Presse-Agentur", "dpa-infocom", "dpa-AFX"),
    "APA": ("Austria Presse Agentur",),
    "SDA": ("Keystone-SDA", "Schweizerische Depeschenagentur", "ATS"),
    "EFE": ("Agencia EFE",),
    "Europa Press": (),
    "ANSA": (),
    "Adnkronos": (),
    "Lusa": ("Agência Lusa",),
    "PAP": ("Polska Agencja Prasowa",),
    "ČTK": ("CTK",),
    "MTI": (),
    "Agerpres": (),
    "BTA": ("БТА",),
    "Hina": (),
    "Tanjug": ("Танјуг",),
    "ANP": (),
    "Belga": (),
    "TT": ("TT Nyhetsbyrån",),
    "NTB": (),
    "Ritzau": (),
    "STT": (),
    "BNS": (),
    "ELTA": (),
    "LETA": (),
    "Ukrinform": ("Укрінформ", "Укринформ"),
    "Interfax-Ukraine": ("Interfax-Україна", "Інтерфакс-Україна", "Интерфакс-Украина"),
    "UNIAN": ("УНІАН", "УНИАН"),
    "RBC-Ukraine": ("РБК-Україна", "РБК-Украина"),
    "UNN": ("УНН",),
    "Interfax": ("Интерфакс", "Інтерфакс"),
    "TASS": ("ТАСС", "ТАРС", "ITAR-TASS"),
    "RIA Novosti": ("РИА Новости", "РІА Новости"),
    "BelTA": ("БелТА", "БЕЛТА"),
    "Xinhua": ("新华社", "新華社"),
    "Kyodo": ("共同通信", "Kyodo News"),
    "Jiji": ("時事通信",),
    "Yonhap": ("연합뉴스",),
    "PTI": ("Press Trust of India",),
    "ANI": (),
    "IANS": (),
    "Anadolu": ("Anadolu Agency", "Anadolu Ajansı", "AA"),
    "DHA": (),
    "UPI": ("United Press International",),
    "PA": ("PA Media", "Press Association"),
    "AAP": ("Australian Associated Press",),
    "Canadian Press": ("The Canadian Press", "La Presse canadienne"),
    "Bloomberg": ("Блумберг",),
    "SID": ("Sport-Informations-Dienst",),
    "KNA": (),
    "epd": (),
}
_NAME_OF = {spelling: name for name, others in _AGENCIES.items() for spelling in (name, *others)}
# Longer ones go by any case; short ones are words and names in others: Ani, pa.
_SHORT = 4
_NAME_OF |= {each.casefold(): name for each, name in _NAME_OF.items() if len(each) > _SHORT}
_BY_LENGTH = sorted({s for n, o in _AGENCIES.items() for s in (n, *o)}, key=len, reverse=True)
_ANY = "|".join(re.escape(each) for each in _BY_LENGTH)
_SEVERAL = rf"(?:{_ANY})(?:\s*(?:/|,|;|\+|and|und|et|y|та|и)\s*(?:{_ANY}))*"
# "KYIV, Nov 22 (Reuters) - ", "(dpa)", "Berlin (dpa/lnw) - ", "КИЇВ. Інтерфакс-Україна -"
_AT_START = (
    rf"^.{{0,80}}?(?:[(\[]\s*(?P<round>{_SEVERAL})(?:/\w{{2,8}})?\s*[)\]]"
    rf"|(?:^|[-–—.]\s?)(?P<plain>{_SEVERAL})\s?[-–—:.])"
)
# "(AFP)", "— Reuters", "© dpa-infocom, dpa:310305-99-123", "Source: Ukrinform"
_AT_END = (
    rf"(?:[(\[/–—©-]\s*|^|\b(?i:source|quelle|fuente|fonte|джерело|источник|źródło)\s*:\s*)"
    rf"(?P<agency>{_SEVERAL})(?:\s*[)\]]|[,:/][^.!?]{{0,60}})?\s*\.?$"
)
_AROUND = r"(?i)^(?:with|mit|von|by|от|с|за)\s+|[\s.()/-]+$"
_START_CHARACTERS = 200
_END_PARAGRAPHS = 2  # an agency's credit, and below it a line about the author
# What says that the article passes on what another has reported, in a sentence that names it.
_REPORTED = (
    r"(?i)\b(?:reports?|reported|according to|citing|told|writes?|said in a statement to"
    r"|berichte(?:t|te|n)|laut|nach Angaben|unter Berufung auf|meldet|meldete|zufolge"
    r"|selon|d'après|d’après|rapporte|a rapporté|según|informó|informa|reportó|de acuerdo con"
    r"|secondo|riporta|riferisce|segundo|noticiou|podaje|poinformował[ao]?|według|jak donosi"
    r"|повідомля(?:є|ють)|повідоми(?:в|ла|ло|ли)|переда(?:є|ють)|пише|пишуть|за даними"
    r"|з посиланням на"
    r"|сообща(?:ет|ют)|сообщил[аои]?|передает|передаёт|пишет|по данным|со ссылкой на)\b"
)
# Outlets that others cite most; agencies besides.
_OUTLETS = (
    rf"\b(?:{_ANY}|BBC|CNN|The New York Times|NYT|The Washington Post|The Wall Street Journal|WSJ"
    r"|Financial Times|The Guardian|The Times|The Economist|Politico|Axios|Der Spiegel|Spiegel|Bild"
    r"|Die Welt|Welt|FAZ|Le Monde|Le Figaro|El País|El Pais|La Repubblica|Corriere della Sera"
    r"|Sky News"
    r"|NBC News|ABC News|CBS News|Fox News|Al Jazeera|Deutsche Welle|Radio Free Europe|RFE/RL"
    r"|Kyiv Independent|Ukrainska Pravda|Українська правда|Українській правді"
    r"|Espreso|Еспресо|Суспільне)\b"
)
_SENTENCE = r"(?s)[^.!?…]+(?:[.!?…](?![\s]|$)[^.!?…]*)*[.!?…]*[\"”»]?"
_SEARCHED_PARAGRAPHS = 4  # who reported it is said early; later sentences attribute single facts
MAX_SENTENCE_CHARACTERS = 400


@dataclass(frozen=True)
class Credit:
    """`agency` as named in the table above, `sentence` the one that says who reported it."""

    agency: str | None = None
    sentence: str | None = None


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    """Compiled when the first text is read, which takes 10 ms."""
    return re.compile(expression)


def agency_named(text: str) -> str | None:
    """The agency whose name this is, and nothing else: `Agence France-Presse` is AFP."""
    bare = re.sub(_AROUND, "", text.strip()).strip()
    return _NAME_OF.get(bare) or _NAME_OF.get(bare.casefold())


def credit_of(text: str, stated: tuple[str, ...] = ()) -> Credit:
    """`text` has a paragraph a line; `stated` are names that the page gives as authors. An agency
    is credited among the authors, before the first sentence or behind the last one; the sentence is
    the first of the beginning that names an agency or a paper, and says that it reported."""
    paragraphs = text.splitlines()
    by_line = (agency_named(each) for each in stated)
    agency = next(filter(None, by_line), None) or _in_text(paragraphs)
    return Credit(agency, _sentence(paragraphs[:_SEARCHED_PARAGRAPHS]))


def _in_text(paragraphs: list[str]) -> str | None:
    if not paragraphs:
        return None
    if found := _pattern(_AT_START).search(paragraphs[0][:_START_CHARACTERS]):
        return _first(found["round"] or found["plain"])
    for paragraph in reversed(paragraphs[-_END_PARAGRAPHS:]):
        if found := _pattern(_AT_END).search(paragraph[-_START_CHARACTERS:].strip()):
            return _first(found["agency"])
    return None


def _first(names: str) -> str | None:
    parts = re.split(r"\s*(?:/|,|;|\+|\band\b|\bund\b|\bet\b|\by\b|\bта\b|\bи\b)\s*", names)
    return next(filter(None, map(agency_named, parts)), None)


def _sentence(paragraphs: list[str]) -> str | None:
    for paragraph in paragraphs:
        for sentence in re.findall(_SENTENCE, paragraph[:4_000]):
            if _pattern(_OUTLETS).search(sentence) and re.search(_REPORTED, sentence):
                stripped = str(sentence).strip()
                return stripped if len(stripped) <= MAX_SENTENCE_CHARACTERS else None
    return None
