"""Models build on each other one way, and a function makes the classes of those that it uses."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parents[2] / "functions"
MODEL = FUNCTIONS / "tocsin" / "model"
MODULES = {path.stem: path for path in MODEL.glob("*.py") if path.stem != "__init__"}
# Beside `values`, on which all may.
BUILDS_ON = {
    "alerts": {"lines", "matches"},
    "feeds": {"entries"},
    "matches": {"excerpts"},
    "notifications": {"lines"},
    "quotas": {"lines"},
    "subscribers": {"lines"},
    "topics": {"lines"},
}
# One more costs each cold start of the function; one less is to be struck off here.
LOADS = {
    "dispatch": "entries feeds",
    "poll": "entries feeds hosts hubs",
    "ingest": "archive articles cards entries excerpts hosts matches publication stories",
    "alert": "alerts articles cards excerpts lines matches notifications stories topics",
    "archive": "archive articles lines topics",
    "reconcile": "lines quotas subscribers topics",
    "search": "archive articles excerpts feed_links lines quotas topics",
    "api": "articles cards entries excerpts feeds hubs lines matches notifications publication"
    " quotas stories subscribers topics",
}


def tree_of(name: str) -> ast.Module | None:
    path = FUNCTIONS.joinpath(*name.split("."))
    files = [path / "__init__.py", path.with_suffix(".py")]
    return next((ast.parse(each.read_text()) for each in files if each.exists()), None)


def named_in(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """The modules of ours, and perhaps some names of theirs, that these statements import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def loaded_by(*names: str) -> set[str]:
    """Modules that are loaded with these: what they import on top, and so on."""
    found: set[str] = set()
    left = [name for name in names if name.startswith("tocsin")]
    while left:
        name = left.pop()
        if name not in found and (tree := tree_of(name)):
            found.add(name)
            left += [each for each in named_in(iter(tree.body)) if each.startswith("tocsin")]
    return found


def built_for(handler: str) -> Iterator[str]:
    """What wiring imports to build what the handler asks it for."""
    wiring, door = tree_of("tocsin.wiring"), tree_of(f"tocsin.handlers.{handler}")
    assert wiring is not None
    assert door is not None
    builders = {each.name: each for each in wiring.body if isinstance(each, ast.FunctionDef)}
    left = [each.attr for each in ast.walk(door) if isinstance(each, ast.Attribute)]
    met: set[str] = set()
    while left:
        name = left.pop()
        if name in builders and name not in met:
            met.add(name)
            nodes = list(ast.walk(builders[name]))
            left += [each.id for each in nodes if isinstance(each, ast.Name)]
            yield from named_in(iter(nodes))


@pytest.mark.parametrize("name", MODULES)
def test_a_model_builds_only_on_smaller_ones(name: str) -> None:
    imported = {
        each.split(".")[2]
        for each in named_in(ast.walk(ast.parse(MODULES[name].read_text())))
        if each.startswith("tocsin.model.")
    }
    assert imported - {"values"} == BUILDS_ON.get(name, set())


def test_a_model_is_imported_from_its_home() -> None:
    """From the package itself comes none, so that none is made for nothing."""
    package = tree_of("tocsin.model")
    assert package is not None
    assert [type(each) for each in package.body] == [ast.Expr]  # the docstring


def test_every_function_is_told_which_models_it_loads() -> None:
    doors = {path.stem for path in (FUNCTIONS / "tocsin" / "handlers").glob("*.py")}
    assert doors - {"__init__", "messages"} == set(LOADS)


@pytest.mark.parametrize("handler", LOADS)
def test_a_function_loads_the_models_that_it_uses(handler: str) -> None:
    loaded = loaded_by(f"tocsin.handlers.{handler}", *built_for(handler))
    models = {name.split(".")[2] for name in loaded if name.startswith("tocsin.model.")}
    assert models - {"values"} == set(LOADS[handler].split())
