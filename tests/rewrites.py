"""One report of an agency, and twenty rewrites of it in three languages. Every word was made up.

A rewrite is shortened, put in another order, given another title, or wrapped in what a site says
under each of its articles; the translations were written by hand.
"""

from dataclasses import dataclass

ENGLISH = (
    "OSTEND, Belgium (AP) - Eleven European countries agreed on Tuesday to send a peacekeeping"
    " force of 26,400 soldiers to Ukraine once a ceasefire has held for 45 days, Belgian Defence"
    " Minister Marit Hollander said after a meeting in Ostend.",
    "Hollander told reporters that the force would be led from Rotterdam by Lieutenant General"
    " Sixten Lindqvist of Sweden, who has commanded missions in Kosovo and Mali.",
    "“We have counted trucks, beds and helicopters for nine months, and now we have counted"
    " enough,” Hollander said. “The Ostend paper is twelve pages long, and no page of it is a"
    " wish.”",
    "The first 3,800 soldiers are to arrive in Lviv and Odesa within 14 days. They will guard power"
    " stations, ports and railway yards, and they will not be sent to the ceasefire line.",
    "Ukrainian Deputy Foreign Minister Taras Bilokin welcomed the paper as the first of its kind"
    " that names numbers, but said that it did not replace security guarantees of the kind that"
    " Kyiv has asked for since 2022.",
    "Hungary and Slovakia did not sign. Portugal will pay 310 million euros for field hospitals in"
    " Chernivtsi and Uzhhorod instead of sending soldiers of its own.",
    "Moscow had said before the meeting that it would treat any foreign soldiers as a target."
    " Lindqvist said that his soldiers would be allowed to shoot back without asking Rotterdam.",
    "Parliaments in Copenhagen, Tallinn and The Hague have to vote on the Ostend paper before the"
    " end of April, the Associated Press has learned from two officials in Ostend.",
)
UKRAINIAN = (
    "Одинадцять європейських країн домовилися у вівторок надіслати до України миротворчі сили"
    " чисельністю 26 400 військових, щойно припинення вогню протримається 45 днів. Про це"
    " повідомляє Associated Press із посиланням на міністерку оборони Бельгії Маріт Голландер після"
    " зустрічі в Остенде.",
    "За словами Голландер, силами керуватиме з Роттердама шведський генерал-лейтенант Сікстен"
    " Ліндквіст, який командував місіями в Косові та Малі.",
    "«Ми дев’ять місяців рахували вантажівки, ліжка й гелікоптери, і тепер порахували досить, —"
    " сказала Голландер. — Документ з Остенде має дванадцять сторінок, і жодна з них не є"
    " побажанням».",
    "Перші 3800 військових мають прибути до Львова та Одеси протягом 14 днів. Вони охоронятимуть"
    " електростанції, порти й залізничні вузли, а до лінії припинення вогню їх не надсилатимуть.",
    "Заступник міністра закордонних справ України Тарас Білокінь привітав документ як перший, де"
    " названо числа, але наголосив, що він не замінює гарантії безпеки, яких Київ просить із 2022"
    " року.",
    "Угорщина та Словаччина підписів не поставили. Португалія замість власних військових заплатить"
    " 310 мільйонів євро за польові шпиталі в Чернівцях та Ужгороді.",
    "Москва заявила перед зустріччю, що вважатиме будь-яких іноземних військових ціллю. Ліндквіст"
    " відповів, що його солдати матимуть право стріляти у відповідь, не питаючи Роттердама.",
    "Парламенти в Копенгагені, Таллінні та Гаазі мають проголосувати за документ з Остенде до кінця"
    " квітня, дізналося агентство AP від двох посадовців.",
)
GERMAN = (
    "Elf europäische Staaten haben am Dienstag vereinbart, eine Friedenstruppe von 26.400 Soldaten"
    " in die Ukraine zu schicken, sobald eine Waffenruhe 45 Tage gehalten hat. Das berichtet die"
    " Nachrichtenagentur AP unter Berufung auf die belgische Verteidigungsministerin Marit"
    " Hollander nach einem Treffen in Ostende.",
    "Geführt werde die Truppe von Rotterdam aus durch den schwedischen Generalleutnant Sixten"
    " Lindqvist, der schon Einsätze im Kosovo und in Mali befehligt hat, sagte Hollander.",
    "„Wir haben neun Monate lang Lastwagen, Betten und Hubschrauber gezählt, und jetzt ist genug"
    " gezählt“, sagte Hollander. „Das Papier von Ostende hat zwölf Seiten, und keine davon ist ein"
    " Wunsch.“",
    "Die ersten 3.800 Soldaten sollen binnen 14 Tagen in Lwiw und Odessa eintreffen. Sie sollen"
    " Kraftwerke, Häfen und Rangierbahnhöfe schützen, aber nicht an die Linie der Waffenruhe"
    " gehen.",
    "Der stellvertretende ukrainische Außenminister Taras Bilokin begrüßte das Papier als das"
    " erste, das Zahlen nennt. Es ersetze aber nicht die Sicherheitsgarantien, um die Kiew seit"
    " 2022 bittet.",
    "Ungarn und die Slowakei unterschrieben nicht. Portugal zahlt statt eigener Soldaten 310"
    " Millionen Euro für Feldlazarette in Czernowitz und Uschhorod.",
    "Moskau hatte vor dem Treffen erklärt, jeden fremden Soldaten als Ziel zu behandeln. Lindqvist"
    " sagte, seine Soldaten dürften zurückschießen, ohne in Rotterdam zu fragen.",
    "Die Parlamente in Kopenhagen, Tallinn und Den Haag müssen bis Ende April über das Papier von"
    " Ostende abstimmen, erfuhr die AP von zwei Beamten.",
)


@dataclass(frozen=True)
class Report:
    outlet: str
    language: str
    title: str
    paragraphs: tuple[str, ...]


ORIGINAL = Report(
    "Associated Press",
    "en",
    "European countries agree on peacekeeping force of 26,400 for Ukraine",
    ENGLISH,
)


def _parts(paragraphs: tuple[str, ...], places: str) -> tuple[str, ...]:
    """Those at the given places, in that order."""
    return tuple(paragraphs[int(place)] for place in places)


_EN = [
    ("Harbour Post", "Eleven nations sign Ostend paper on troops for Ukraine", "01234567", ()),
    ("Lantern Weekly", "Peacekeepers for Ukraine: Hollander names the numbers", "0134", ()),
    ("North Pier", "“No page of it is a wish”: the Ostend paper", "02314", ()),
    (
        "Quay Daily",
        "European countries agree on peacekeeping force of 26,400 for Ukraine",
        "0123567",
        ("Read more of our reports in the app.", "Our newsletter comes at seven each morning."),
    ),
    ("Tidewater", "Lindqvist to lead force of 26,400 from Rotterdam", "10364", ()),
    ("Beacon", "Ostend: first 3,800 soldiers within 14 days", "30157", ()),
]
_UK = [
    ("Степовий кур’єр", "Європа надішле до України 26 400 миротворців", "01234567", ()),
    ("Маяк", "Миротворчі сили для України: що вирішили в Остенде", "0134", ()),
    ("Пристань", "Голландер назвала чисельність миротворців", "02314", ()),
    (
        "Вечірній порт",
        "Одинадцять країн підписали документ про миротворчі сили",
        "0123567",
        ("Підписуйтеся на наш канал.", "Передрук лише з посиланням на сайт."),
    ),
    ("Берег", "Миротворців очолить генерал Ліндквіст", "10364", ()),
    ("Новий день", "Перші 3800 військових прибудуть за 14 днів", "30157", ()),
    ("Обрій", "Документ з Остенде: гарантії безпеки не замінено", "04567", ()),
]
_DE = [
    ("Kesseltaler Bote", "Elf Staaten schicken 26.400 Soldaten in die Ukraine", "01234567", ()),
    ("Hafenkurier", "Friedenstruppe für die Ukraine: Das steht im Papier von Ostende", "0134", ()),
    ("Abendpost", "„Keine Seite ist ein Wunsch“", "02314", ()),
    (
        "Der Pegel",
        "Europäische Friedenstruppe soll 26.400 Soldaten stark werden",
        "0123567",
        ("Diesen Artikel gibt es auch zum Hören.", "Alle Rechte vorbehalten."),
    ),
    ("Die Schleuse", "Lindqvist führt die Friedenstruppe von Rotterdam aus", "10364", ()),
    ("Morgenblatt", "Die ersten 3.800 Soldaten kommen binnen 14 Tagen", "30157", ()),
    ("Talwacht", "Ostende: Papier ersetzt keine Sicherheitsgarantien", "04567", ()),
]
REWRITES = tuple(
    Report(outlet, language, title, _parts(paragraphs, places) + around)
    for language, paragraphs, reports in (
        ("en", ENGLISH, _EN),
        ("uk", UKRAINIAN, _UK),
        ("de", GERMAN, _DE),
    )
    for outlet, title, places, around in reports
)
