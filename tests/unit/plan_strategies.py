"""Plans and documents over so few words that everything meets everything."""

from hypothesis import strategies as st

from tocsin.query.document import Document
from tocsin.query.keys import accented_key, code_key, field_key, stem_key
from tocsin.query.plan import Close, Either, Every, One, Plan, Sequence, Start, Within, Without

# As articles spell them; folded they are ab, abc, aba, ba, b and к, кий.
SPELLINGS = ("ab", "Ab", "äb", "abc", "aba", "ба", "b", "B", "bä", "к", "Кий", "КИЇ")
FORMS = ("ab", "abc", "aba", "ба", "b", "ba", "к", "кии", "киі", "кий")
LANGUAGES = ("en", "uk")
NAMES = ("anna", "anna b", "b anna", "ab")


def first_letters(form: str, language: str) -> str:
    """A stem that differs by language, and that words share."""
    return form[: 1 if language == "en" else 2]


STEMS = st.builds(
    lambda form, language: stem_key(language, first_letters(form, language)),
    st.sampled_from(FORMS),
    st.sampled_from(LANGUAGES),
)
KEYS = st.one_of(
    st.sampled_from(FORMS),
    st.sampled_from(FORMS),
    STEMS,
    st.sampled_from([accented_key(form) for form in ("ab", "äb", "bä", "ba", "київ")]),
)
WORDS = st.sets(KEYS, min_size=1, max_size=3).map(lambda keys: One(frozenset(keys)))
NEVER = st.just(One(frozenset()))
STARTS = st.sampled_from(["a", "ab", "b", "к", "ки"]).map(Start)
SEQUENCES = st.lists(WORDS, min_size=2, max_size=4).map(lambda parts: Sequence(tuple(parts)))
SIDES = st.recursive(
    st.one_of(WORDS, STARTS, SEQUENCES),
    lambda sides: st.lists(sides, max_size=3).map(lambda parts: Either(tuple(parts))),
    max_leaves=4,
)
CLOSE = st.builds(Close, st.integers(1, 4), SIDES, SIDES)
OTHERS = st.sampled_from(
    [
        One(frozenset({field_key("author", "anna")})),
        One(frozenset({field_key("publisher", "b")})),
        Start(field_key("author", "an")),
        Sequence(tuple(One(frozenset({field_key("author", form)})) for form in ("anna", "b"))),
        Sequence(tuple(One(frozenset({field_key("author", form)})) for form in ("b", "anna"))),
        One(frozenset({code_key("lang", "uk")})),
        One(frozenset({code_key("feed", "b"), code_key("feed", "ab")})),
        One(frozenset({code_key("country", "ua")})),
    ]
)
LEAVES = st.one_of(WORDS, WORDS, STARTS, SEQUENCES, SEQUENCES, CLOSE)


def _tuples(parts: st.SearchStrategy[Plan]) -> st.SearchStrategy[tuple[Plan, ...]]:
    return st.lists(parts, max_size=4).map(tuple)


IN_ONE_FIELD = st.builds(
    Within,
    st.sampled_from(["title", "body"]),
    st.recursive(
        LEAVES,
        lambda parts: st.one_of(
            st.builds(Every, _tuples(parts)), st.builds(Either, _tuples(parts))
        ),
        max_leaves=4,
    ),
)
PLANS: st.SearchStrategy[Plan] = st.recursive(
    st.one_of(LEAVES, LEAVES, IN_ONE_FIELD, OTHERS, NEVER),
    lambda parts: st.one_of(
        st.builds(Every, _tuples(parts)),
        st.builds(Either, _tuples(parts)),
        st.builds(Without, parts),
    ),
    max_leaves=8,
)
SEPARATORS = (" ", ", ", ". ", "\n", " — ", "-", "/", " «", "… ", "'", "’s ", "\ud800")
TEXTS = st.lists(
    st.tuples(st.sampled_from(SPELLINGS), st.sampled_from(SEPARATORS)), max_size=9
).map(lambda words: "".join(word + separator for word, separator in words))
DOCUMENTS = st.builds(
    Document,
    title=TEXTS,
    body=TEXTS,
    language=st.sampled_from([*LANGUAGES, "fr", None]),
    authors=st.lists(st.sampled_from(NAMES), max_size=2).map(tuple),
    publisher=st.sampled_from(["", *NAMES]),
    feed=st.sampled_from([None, "ab", "b", "c"]),
    country=st.sampled_from([None, "ua"]),
)
