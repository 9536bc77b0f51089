"""An article's language is told by its letters and small words; the feed's word breaks ties."""

import pytest

from tocsin.articles.languages import language_of
from tocsin.query.analysis import fold
from tocsin.stopwords import STOP_WORDS


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "The council says it will decide on the bridge in spring"),
        ("de", "Die Regierung will im Frühling über die Brücke entscheiden"),
        ("uk", "Рада вирішить долю мосту вже цієї весни"),
        ("ru", "Совет решит судьбу моста уже этой весной, сообщили в мэрии"),
        ("pl", "Rada miasta zdecyduje o moście już tej wiosny"),
        ("fr", "Le conseil décidera du sort du pont au printemps"),
        ("es", "El consejo decidirá sobre el puente en la primavera"),
        ("it", "Il consiglio decide sul ponte nella primavera, è la terza volta"),
        ("pt", "O conselho não vai decidir sobre a ponte na primavera"),
        ("nl", "De raad beslist in het voorjaar over de brug, zegt een woordvoerder"),
        ("tr", "Konsey köprü için bu bahar karar verecek"),
        ("ar", "المجلس يقرر مصير الجسر في الربيع"),
        ("zh", "市议会将在春天决定桥梁的命运"),
        ("ja", "市議会は春に橋について決める"),
        ("ko", "시의회는 봄에 다리에 대해 결정한다"),
    ],
)
def test_a_headline_tells_its_language(language: str, title: str) -> None:
    assert language_of(title, "") == language
    assert language_of("", title) == language


def test_the_feed_decides_between_equals() -> None:
    assert language_of("Суд", "", hint="uk") == "uk"
    assert language_of("Suez 2026", "", hint="de-AT") == "de"


def test_the_feed_is_believed_where_there_is_nothing_to_read() -> None:
    assert language_of("2026", "", hint=" fr ") == "fr"
    assert language_of("", "", hint="pt_BR") == "pt"


@pytest.mark.parametrize("hint", [None, "", "1", "german", "???"])
def test_without_any_sign_nobody_knows(hint: str | None) -> None:
    assert language_of("2026: 1,000", "…", hint) is None


def test_a_feed_that_is_wrong_is_not_believed() -> None:
    text = "The minister said that they had not been told of it, and that it was for the court."
    assert language_of("", text, hint="de") == "en"
    assert language_of("", text, hint="uk") == "en"
    assert language_of("", text, hint="sv") == "en"


def test_a_language_that_only_the_feed_knows_stands() -> None:
    text = "Regeringen säger att den vill besluta om bron på våren, när isen har gått."
    assert language_of("", text, hint="sv-SE") == "sv"


def test_a_text_in_no_language_of_ours_is_not_taken_for_one() -> None:
    words = "kuningas linna metsä joki talvi kesä poika tyttö vanha nuori"
    assert language_of("", f"{words} {words} {words} {words}") is None


@pytest.mark.parametrize("language", sorted(STOP_WORDS))
def test_stop_words_are_folded(language: str) -> None:
    assert {fold(word) for word in STOP_WORDS[language]} == STOP_WORDS[language]
