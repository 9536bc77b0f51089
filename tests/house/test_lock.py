"""What is installed is what is locked."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==([^\s;\\]+)", re.MULTILINE)
FILES = ("requirements.lock", "requirements-sam.lock", "functions/requirements.txt")


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text()))


def test_the_functions_get_what_the_tests_ran_with() -> None:
    locked, shipped = pins("requirements.lock"), pins("functions/requirements.txt")
    assert shipped
    assert {name: locked.get(name) for name in shipped} == shipped


def test_every_runtime_dependency_is_shipped() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[><=\[]", each)[0] for each in project["dependencies"]}
    assert named <= set(pins("functions/requirements.txt"))


@pytest.mark.parametrize("name", FILES)
def test_a_lock_names_packages_and_no_place_to_get_them(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


@pytest.mark.parametrize("name", FILES[:2])
def test_every_locked_package_has_hashes(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
    assert all("--hash=sha256:" in block for block in blocks if PIN.match(block))
