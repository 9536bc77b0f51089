"""Imports go one way, and what touches the world is where one expects it."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "functions" / "tocsin"

VALUES = {"errors", "model", "jobs", "stopwords"}
KNOWLEDGE = {"feeds", "articles", "query", "stories", "alerts", "web", "archive"}
MAY_IMPORT = {
    "errors": set(),
    "stopwords": set(),
    "model": set(),
    "jobs": VALUES,
    "settings": {"errors"},
    "telemetry": set(),
    **dict.fromkeys(KNOWLEDGE, VALUES),
    "archive": VALUES | {"query"},  # words are found as topics find them
    "stories": VALUES | {"query"},  # words are the same for both: their analysis is the query's
    "aws": VALUES,
    "pipeline": VALUES | KNOWLEDGE,
    "api": VALUES | {"pipeline", "stories", "alerts", "archive", "query"},
    "wiring": VALUES | KNOWLEDGE | {"settings", "aws", "pipeline", "api"},
    "handlers": VALUES | {"pipeline", "api", "wiring", "telemetry"},
    "cli": VALUES | KNOWLEDGE | {"pipeline", "aws"},
    "notebook": VALUES | KNOWLEDGE | {"pipeline", "cli"},
}
# `tocsin.archive.connect` is where one looks for it; it is imported when it is asked for.
BESIDE = {"archive/__init__.py": {"notebook"}}
FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports at any place, as written."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_imported(path: Path) -> set[str]:
    modules = (name.split(".") for name in imported(path) if name.startswith("tocsin."))
    parts = {name[1] for name in modules}
    return {p for p in parts if (PACKAGE / p).exists() or (PACKAGE / f"{p}.py").exists()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    beside = BESIDE.get(str(path.relative_to(PACKAGE)), set())
    beyond = parts_imported(path) - MAY_IMPORT[part] - beside - {part}
    assert not beyond, f"{part} must not import {beyond}"


def users_of(*modules: str) -> set[str]:
    def uses(path: Path) -> bool:
        roots = {name.split(".")[0] for name in imported(path)}
        return bool(roots & set(modules))

    return {str(path.relative_to(PACKAGE)) for path in FILES if uses(path)}


def test_only_aws_and_those_who_build_it_know_the_sdk() -> None:
    beyond = {path for path in users_of("boto3", "botocore") if not path.startswith("aws/")}
    assert beyond == {"wiring.py", "cli/target.py", "cli/local.py", "cli/main.py"}


def test_only_web_opens_connections() -> None:
    assert users_of("requests", "urllib3", "socket") == {"web/fetcher.py"}


def test_only_settings_reads_the_environment() -> None:
    reads = re.compile(r"os\.environ|getenv|from os import")
    assert {p for p in FILES if reads.search(p.read_text())} == {PACKAGE / "settings.py"}


def test_no_function_imports_the_command_line_or_its_packages() -> None:
    beyond = {path for path in users_of("click", "rich", "yaml") if not path.startswith("cli/")}
    assert beyond == {"notebook.py"}  # which runs where the command line does


def imported_with(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    environment = {"PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_lists_are_answered_without_what_only_searches_need() -> None:
    """It is 50 ms of a cold start."""
    imported_at_start = imported_with("tocsin.handlers.api")
    assert "tocsin.api.routes" in imported_at_start
    assert not {"tocsin.archive.answers", "tocsin.query.syntax", "apsw"} & imported_at_start


def test_searches_are_answered_without_what_only_names_need() -> None:
    imported_at_start = imported_with("tocsin.handlers.search, tocsin.aws.aliases")
    assert "tocsin.archive.asking" in imported_at_start
    beyond = {"tocsin.archive.entities", "tocsin.archive.entity_facet", "tocsin.stopwords", "boto3"}
    assert not beyond & imported_at_start
