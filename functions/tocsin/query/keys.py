"""The keys that tokens have, and how they are told apart: the first character says the kind.

    ukraine           a folded form, in the title or the body
    \\x02uk\\x02україн    a stem in one language
    \\x05café          a form with its accents, for topics that keep them
    \\x04author\\x04anna  a folded form in another field (author, publisher)
    \\x03lang\\x03uk      the article's code (feed, lang, country)

No folded form holds a control character.
"""

# Goes up when the same text or topic gets other keys: what was compiled before is refused then.
ANALYSIS_VERSION = 1

STEM, CODE, OTHER_FIELD, ACCENTED = "\x02", "\x03", "\x04", "\x05"


def stem_key(language: str, stem: str) -> str:
    return f"{STEM}{language}{STEM}{stem}"


def code_key(name: str, value: str) -> str:
    """In any case: feeds, queries and files write PL and pl."""
    return f"{CODE}{name}{CODE}{value.casefold()}"


def field_key(name: str, form: str) -> str:
    return f"{OTHER_FIELD}{name}{OTHER_FIELD}{form}"


def accented_key(form: str) -> str:
    return f"{ACCENTED}{form}"
