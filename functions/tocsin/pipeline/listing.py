"""Reads SNS's lists of subscriptions, page after page, no faster than SNS lets an account."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tocsin.model.subscribers import Listed

# SNS allows 30 list calls a second in a whole account, and raising that is not offered.
PAUSE_SECONDS = 1 / 30


class Pages(Protocol):
    def list_page(self, sns_topic_arn: str, cursor: str) -> tuple[list[Listed], str]: ...


@dataclass(frozen=True)
class Listing:
    """`sleep` waits for so many seconds."""

    pages: Pages
    sleep: Callable[[float], None]


def list_listeners(sns_topic_arn: str, listing: Listing) -> Iterator[Listed]:
    cursor = ""
    while True:
        listing.sleep(PAUSE_SECONDS)
        found, cursor = listing.pages.list_page(sns_topic_arn, cursor)
        yield from found
        if not cursor:
            return
