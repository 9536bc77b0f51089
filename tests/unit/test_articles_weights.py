"""Trees that are walked all at once come to the same leaves as each walked alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.articles.weights import MAX_LEAVES, WEIGHTS, Forest
from tocsin.errors import ConfigurationError

FEATURES = 4
VALUES = st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, 7.5])
LEAVES = st.integers(-8, 8).map(lambda eighths: eighths / 8)  # whose sums are exact
TREES = st.recursive(
    LEAVES,
    lambda inner: st.tuples(st.integers(0, FEATURES - 1), VALUES, inner, inner).map(list),
    max_leaves=MAX_LEAVES,
)


def walked(node: Any, row: list[float]) -> float:
    while isinstance(node, list):
        feature, threshold, low, high = node
        node = low if row[feature] <= threshold else high
    return float(node)


@given(
    st.lists(TREES, min_size=1, max_size=5),
    st.lists(VALUES | st.booleans(), min_size=FEATURES, max_size=FEATURES),
)
def test_a_forest_sums_the_leaves_that_its_trees_come_to(
    trees: list[Any], row: list[float]
) -> None:
    assert Forest(trees).sum(row) == sum(walked(tree, row) for tree in trees)


def test_a_tree_of_too_many_leaves_is_refused() -> None:
    tree: Any = 0.0
    for number in range(MAX_LEAVES):
        tree = [0, float(number), tree, 1.0]
    with pytest.raises(ConfigurationError, match="17 leaves"):
        Forest([tree])


RECIPE = Path(__file__).parents[2] / "benchmarks" / "train_extraction.py"


def test_the_weights_say_what_they_were_learned_with_and_the_recipe_how_to_get_it() -> None:
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    made_with, recipe = stored["made_with"], RECIPE.read_text(encoding="utf-8")
    assert made_with["command"] in recipe
    assert f"SEED = {made_with['seed']}\n" in recipe
    assert f"COPIES = {made_with['copies']}\n" in recipe
    assert f"ROUNDS = {len(stored['trees'])}\n" in recipe
    assert f"lightgbm=={made_with['lightgbm']} numpy=={made_with['numpy']}\n" in recipe


def test_the_weights_are_small() -> None:
    assert WEIGHTS.stat().st_size < 1_000_000
