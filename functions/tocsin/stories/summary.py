"""What a story adds up to: its headline, who wrote on it and who was first."""

from collections import Counter

from tocsin.model.stories import Story
from tocsin.stories.label import label_of


def as_document(found: Story) -> dict[str, object]:
    label = label_of(found.members)
    return {
        **found.model_dump(mode="json"),
        "headline": label.headline,
        "terms": label.terms,
        "first_seen_at": found.members[0].model_dump(mode="json")["seen_at"],
        "last_seen_at": found.members[-1].model_dump(mode="json")["seen_at"],
        "outlets": outlets(found),
        "languages": languages(found),
        "size": len(found.members),
        "origin": origin(found),
        "first": found.members[0].publisher,
    }


def outlets(found: Story) -> list[str]:
    return list(dict.fromkeys(each.publisher for each in found.members))


def languages(found: Story) -> list[str]:
    return list(dict.fromkeys(each.language for each in found.members if each.language))


def origin(found: Story) -> str:
    """Whom most of its articles name as their source; else the outlet that was first."""
    named = Counter(each.source for each in found.members if each.source)
    return named.most_common(1)[0][0] if named else found.members[0].publisher
