"""News in seven languages and five scripts, all of it made up, for what subscribers read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.articles.urls import identity
from tocsin.model.alerts import Alert, AlertKind
from tocsin.model.excerpts import Excerpt, Span
from tocsin.model.lines import Cadence, Channel, Line
from tocsin.model.matches import Match
from tocsin.model.topics import AlertSettings, Severity, Topic

AT = datetime(2031, 3, 5, 14, 30, tzinfo=UTC)
API = "https://news.example"
DAILY = Line(cadence=Cadence.DAILY)
INSTANT = Line(cadence=Cadence.INSTANT)
BY_SMS = Line(cadence=Cadence.INSTANT, channel=Channel.SMS)


@dataclass(frozen=True)
class Story:
    """`sentence` has asterisks around the words that matched."""

    title: str
    publisher: str
    sentence: str
    url: str
    others: tuple[str, ...] = ()
    publishers: int = 1


@dataclass(frozen=True)
class Edition:
    """What one language's topic is called, where its readers live, and its news."""

    language: str
    topic: str
    time_zone: str
    stories: tuple[Story, Story, Story]


EDITIONS = (
    Edition(
        "fr",
        "Trêve dans le détroit",
        "Europe/Paris",
        (
            Story(
                "Cessez-le-feu dans le détroit : « les armes se taisent enfin », déclare Zoé"
                " Lefèvre",
                "Le Courrier du Port",
                "À l’aube, le *cessez-le-feu* est entré en vigueur dans tout le *détroit*, et les"
                " pêcheurs ont repris la mer pour la première fois depuis l’été.",
                "https://courrier-du-port.example/monde/cessez-le-feu-dans-le-detroit",
                ("Agence Méridien", "La Dépêche des Îles"),
                8,
            ),
            Story(
                "Où sont passés les vœux de Noël ? Ça dépend du préfet",
                "La Dépêche des Îles",
                "Le préfet assure que la *trêve* sera prolongée jusqu’à Pâques.",
                "https://depeche.example/2031/trêve prolongée",
                ("Le Courrier du Port",),
                2,
            ),
            Story(
                "Trêve : le port rouvre",
                "Radio Phare",
                "*Trêve* : le port rouvre",
                "https://phare.example/a?id=3&lang=fr",
            ),
        ),
    ),
    Edition(
        "uk",
        "Миротворці",
        "Europe/Kyiv",
        (
            Story(
                "Єдиний міст через Згорань відкрили: перші миротворці вже їдуть до Щасливого,"
                " каже Юрій Їжак",
                "Південний кур’єр",
                "Перші двісті *миротворців* проїхали мостом о шостій ранку, а решту колони чекають"
                " у Щасливому до п’ятниці.",
                "https://kurier.example/novyny/myrotvortsi-na-mostu",
                ("Вісник степу", "Гавань"),
                8,
            ),
            Story(
                "Об’єднаний штаб: що зміниться",
                "Гавань",
                "У штабі пояснили, де саме стоятимуть *миротворчі сили*.",
                "https://havan.example/штаб",
                ("Вісник степу",),
                2,
            ),
            Story(
                "Миротворці відновили школу в Зеленому Гаю",
                "Вісник степу",
                "Школу відновили *миротворці* разом із батьками.",
                "https://visnyk.example/school",
            ),
        ),
    ),
    Edition(
        "ru",
        "Паром на Ёлкин остров",
        "Asia/Yekaterinburg",
        (
            Story(
                "Паром на Ёлкин остров снова ходит: объявлено расписание, первым рейсом уедут"
                " врачи и щенок Юла",
                "Вестник залива",
                "Капитан объявил, что *паром* пойдёт дважды в день, а на *Ёлкин остров* первыми"
                " отправятся врачи.",
                "https://vestnik.example/parom/raspisanie",
                ("Якорь", "Голос маяка"),
                8,
            ),
            Story(
                "Съезд лоцманов открылся",
                "Якорь",
                "На съезде спорят о том, нужен ли *парому* второй лоцман.",
                "https://yakor.example/1",
                ("Голос маяка",),
                2,
            ),
            Story(
                "Паром задержали из-за тумана",
                "Голос маяка",
                "*Паром* задержали на сорок минут.",
                "https://golos.example/fog",
            ),
        ),
    ),
    Edition(
        "el",
        "Σεισμός στο νησί",
        "Europe/Athens",
        (
            Story(
                "Ισχυρός σεισμός στο νησί της Αυγής: άνοιξαν τα σχολεία για όσους έμειναν"
                " χωρίς σπίτι",
                "Ο Φάρος",
                "Ο *σεισμός* έγινε αισθητός σε όλο το *νησί*, όμως κανείς δεν τραυματίστηκε.",
                "https://faros.example/eidiseis/seismos",
                ("Πρωινός Ταχυδρόμος", "Κύμα"),
                8,
            ),
            Story(
                "Μπαράζ μετασεισμών ως το πρωί",
                "Κύμα",
                "Οι επιστήμονες περιμένουν και άλλους *σεισμούς* ως την Κυριακή.",
                "https://kyma.example/2",
                ("Ο Φάρος",),
                2,
            ),
            Story(
                "Ευχές από όλη την Ευρώπη",
                "Πρωινός Ταχυδρόμος",
                "Βοήθεια για το *νησί* έρχεται από παντού.",
                "https://tachydromos.example/3",
            ),
        ),
    ),
    Edition(
        "ar",
        "هدنة الميناء",
        "Asia/Riyadh",
        (
            Story(
                "بدء الهدنة في ميناء الفجر وعودة 40 سفينة بعد اتفاق مع شركة Blue Anchor على"
                " فتح الممر الشرقي",
                "صحيفة المرسى",
                "أعلن قائد الميناء أن *الهدنة* بدأت فجر اليوم، وأن السفن عادت إلى *الميناء*"
                " دون أي حادث.",
                "https://marsa.example/akhbar/hudna",
                ("وكالة الساحل", "Harbour Post"),
                8,
            ),
            Story(
                "فتح سوق السمك من جديد",
                "وكالة الساحل",
                "قال الصيادون إن *الهدنة* أعادت إليهم رزقهم.",
                "https://sahel.example/2",
                ("صحيفة المرسى",),
                2,
            ),
            Story(
                "مدرسة الميناء تستقبل التلاميذ",
                "صحيفة المرسى",
                "عاد التلاميذ إلى مدرسة *الميناء* هذا الصباح.",
                "https://marsa.example/3",
            ),
        ),
    ),
    Edition(
        "zh",
        "海峡停火",
        "Asia/Shanghai",
        (
            Story(
                "海峡停火协议今晨生效：四十艘渔船重新出海，港口学校和鱼市场同时开放，居民说终于可以安心睡觉，首批维和人员预计本周五抵达东岸",
                "港湾日报",
                "*停火*协议于今晨六时在整个*海峡*生效，渔民自夏天以来第一次出海。",
                "https://gangwan.example/news/tinghuo",
                ("晨星通讯社", "Blue Anchor News"),
                8,
            ),
            Story(
                "鱼市场重新开张",
                "晨星通讯社",
                "商贩们说，*停火*以后价格已经下降。",
                "https://chenxing.example/2",
                ("港湾日报",),
                2,
            ),
            Story(
                "东岸灯塔再次点亮",
                "灯塔周刊",
                "*海峡*东岸的灯塔昨夜再次点亮。",
                "https://dengta.example/3",
            ),
        ),
    ),
    Edition(
        "en",
        "Peace in the strait",
        "UTC",
        (
            Story(
                "Ceasefire holds in the strait: “guns are silent at last”, says harbour master",
                "Harbour Post",
                "The *ceasefire* began at dawn, and the first forty boats left the *strait* for the"
                " fishing grounds before seven.",
                "https://harbour-post.example/news/ceasefire-holds",
                ("Reuben Wire", "Tideline"),
                8,
            ),
            Story(
                "Ferry timetable after the truce",
                "Tideline",
                "Two more sailings a day as long as the *truce* holds.",
                "https://tideline.example/ferry",
                ("Harbour Post",),
                2,
            ),
            Story(
                "Lighthouse lit again",
                "Reuben Wire",
                "For the first time since the *ceasefire* the lamp was lit.",
                "https://reuben.example/light",
            ),
        ),
    ),
)


def topic_of(edition: Edition, **settings: Any) -> Topic:
    known = {"time_zone": edition.time_zone, "severity": Severity.HIGH}
    return Topic(
        id="strait", name=edition.topic, any=("x",), alert=AlertSettings(**(known | settings))
    )


def alert_of(edition: Edition, number: int = 0, line: Line = INSTANT, **changes: Any) -> Alert:
    """Of the edition's story with that number."""
    story = edition.stories[number]
    known = {
        "key": f"{line.key}#0",
        "topic_id": "strait",
        "line": line,
        "match": match_of(story, edition.language, number),
        "publishers": story.publishers,
        "others": story.others,
    }
    return Alert(**(known | changes))


def match_of(story: Story, language: str, number: int = 0) -> Match:
    excerpt = starred(story.sentence)
    marked = [excerpt.text[mark.start : mark.end] for mark in excerpt.marks]
    return Match(
        article_id=identity(story.url),
        topic_id="strait",
        title=story.title,
        url=story.url,
        publisher=story.publisher,
        seen_at=AT - timedelta(hours=number * 5),
        published_at=AT - timedelta(hours=number * 5, minutes=13) if number < 2 else None,
        language=language,
        story_id=identity(story.url),
        words=tuple(marked),
        excerpt=excerpt,
    )


def starred(text: str) -> Excerpt:
    parts, marks, at = text.split("*"), [], 0
    for index, part in enumerate(parts):
        if index % 2:
            marks.append(Span(start=at, end=at + len(part)))
        at += len(part)
    return Excerpt(text="".join(parts), marks=tuple(marks))


def volume_of(kind: AlertKind, line: Line = INSTANT) -> Alert:
    busy = "31 stories from 12 publishers in the last hour; 4 are usual at this time"
    quiet = "no story for 26 hours; 9 are usual in that time"
    return Alert(
        key=f"{line.key}#2031-03-05T14",
        topic_id="strait",
        line=line,
        kind=kind,
        reason=busy if kind is AlertKind.SURGE else quiet,
    )
