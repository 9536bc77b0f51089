"""What is left out of the functions' package is read by none of them."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra import slim

ROOT = Path(__file__).parents[2]
# As shipped: what the functions import that has something left out.
SHIPPED = ("babel", "apsw", "lxml", "tld")

# In a process of its own, which has these packages from the slimmed folder.
READS = """
import sys
folder, functions, root = sys.argv[1:]
sys.path[:0] = [folder, functions, root]
import apsw, babel, lxml, tld
for each in (apsw, babel, lxml, tld):
    assert each.__file__.startswith(folder), each.__file__
from tests.functional.documents import page
from tocsin.articles.extraction import extract
from tocsin.model.entries import Entry
from tocsin.archive import builder, layout, search, shard, vfs
entry = Entry(url="https://news.example/de/1", title="The harbour master")
found = extract(page().encode(), "text/html", entry.url, entry)
print(found.title, len(found.text))
connection = apsw.Connection(":memory:")
connection.execute("create virtual table t using fts5(a)")
"""


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name in SHIPPED:
        shutil.copytree(folder_of(name), tmp_path / name)
    return tmp_path


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def read_in(folder: Path) -> str:
    command = [sys.executable, "-c", READS, folder, ROOT / "functions", ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_pages_are_read_the_same_without_it(package: Path) -> None:
    before = read_in(package)
    removed = slim.slim(package)
    assert removed > 25_000_000
    assert read_in(package) == before
    kept = {path.name for path in (package / "babel" / "locale-data").iterdir()}
    assert kept == {"root.dat", "en.dat"}


def test_a_build_is_slimmed_and_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for function in ("PollFunction", "ApiFunction"):
        left_out = tmp_path / function / "babel" / "locale-data"
        left_out.mkdir(parents=True)
        (left_out / "xx.dat").write_bytes(bytes(2_000_000))
        (tmp_path / function / "tocsin.py").write_bytes(bytes(range(256)) * 1000)
    assert slim.main(tmp_path) == 0
    assert "without 2.0 MB" in capsys.readouterr().out
    assert not [*tmp_path.rglob("xx.dat")]
    monkeypatch.setattr(slim, "MOST_MEGABYTES", 0.0001)
    assert slim.main(tmp_path) == 1
    assert "see what grew" in capsys.readouterr().err


def test_no_build_is_no_small_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slim.main(tmp_path) == 1
    assert "nothing was built" in capsys.readouterr().err


def test_every_build_is_measured() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    after = {lines[at + 1].strip() for at, line in enumerate(lines) if line == "\t$(SAM) build"}
    assert after == {"$(PYTHON) -m infra.slim .aws-sam/build"}
    assert "make build" in (ROOT / ".ci" / "run").read_text()
