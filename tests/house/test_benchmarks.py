"""What a benchmark takes from our modules is there: most of them run only where their data is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
# Where a module is looked for: run as a command, a benchmark finds those beside it.
PLACES = (BENCHMARKS, ROOT, ROOT / "functions")


def source_of(module: str) -> Path | None:
    """None for what is not ours."""
    path = Path(*module.split("."))
    for place in PLACES:
        for file in (place / path.with_suffix(".py"), place / path / "__init__.py"):
            if file.is_file():
                return file
    return None


def names_in(file: Path) -> Iterator[str]:
    for statement in ast.walk(ast.parse(file.read_text())):
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (each.asname or each.name for each in names)
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


@pytest.mark.parametrize("benchmark", sorted(BENCHMARKS.glob("*.py")), ids=lambda file: file.stem)
def test_what_a_benchmark_imports_of_ours_is_there(benchmark: Path) -> None:
    for statement in ast.walk(ast.parse(benchmark.read_text())):
        if isinstance(statement, ast.ImportFrom) and statement.module:
            file = source_of(statement.module)
            if file is None:
                assert statement.module.split(".")[0] not in ("tocsin", "tests", "infra")
                continue
            names = {each.name for each in statement.names}
            missing = names - set(names_in(file))
            missing -= {each for each in missing if source_of(f"{statement.module}.{each}")}
            assert not missing, f"{statement.module} has no {missing}"
