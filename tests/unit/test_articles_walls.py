"""Pages that stand in front of an article."""

import pytest

from tocsin.articles.walls import is_consent_wall, is_paywalled

PAGE = "https://harbour-post.example/news/ferry"
SENTENCE = (
    "The electric ferry crossed the bay through its whole first winter without a day in the yard."
)
ASKS = (
    "We and our 842 partners use cookies to store and access information on your device.\n"
    "You can accept or change your privacy settings at any time."
)
FRAGT = (
    "Mit Werbung weiterlesen: Einwilligung in Cookies.\n"
    "Alternativ: Pur-Abo ohne Werbung, Datenschutz"
)


@pytest.mark.parametrize("text", [ASKS, FRAGT, "Nous utilisons des cookies.\nVotre consentement"])
def test_a_page_that_only_asks_for_consent_is_a_wall(text: str) -> None:
    assert is_consent_wall(PAGE, text)


@pytest.mark.parametrize(
    "url",
    [
        "https://consent.harbour-post.example/v2?url=x",
        "https://cmp.harbour-post.example/",
        "https://harbour-post.example/consent/form",
        "https://harbour-post.example/cookiewall/",
    ],
)
def test_at_the_address_of_a_wall_one_word_of_consent_is_enough(url: str) -> None:
    assert is_consent_wall(url, "Please accept cookies to go on.\nHarbour Post\nHelp")
    assert not is_consent_wall(url, SENTENCE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        SENTENCE,
        f"{SENTENCE}\n" * 6 + ASKS,
        "The council voted on a law about cookies.\nBoats were set adrift.\nNobody was hurt.",
        f"{SENTENCE} Cookies and consent.\n" * 20,
    ],
)
def test_an_article_is_none_even_where_it_speaks_of_cookies(text: str) -> None:
    assert not is_consent_wall(PAGE, text)


def test_what_is_no_url_is_no_wall() -> None:
    assert not is_consent_wall("http://[", ASKS)


@pytest.mark.parametrize(
    "end",
    [
        "Subscribe to continue reading.",
        "Already a subscriber? Log in.",
        "Jetzt abonnieren und weiterlesen",
        "Cet article est réservé aux abonnés.",
        "Оформіть передплату, щоб читати далі",
    ],
)
def test_a_short_text_that_ends_in_an_offer_is_paywalled(end: str) -> None:
    assert is_paywalled(None, f"{SENTENCE}\n{end}")
    assert not is_paywalled(None, f"{SENTENCE}\n" * 30 + end)
    assert not is_paywalled(None, f"{end}\n" + f"{SENTENCE}\n" * 4)


def test_what_the_page_states_decides() -> None:
    assert is_paywalled(True, SENTENCE * 50)
    assert not is_paywalled(False, "Subscribe to continue reading.")
