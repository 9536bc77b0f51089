"""`make demo` is what a newcomer sees first: it works, and it fails where nothing rings."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.conftest import ROOT

SECONDS = 300  # some twenty of processor time, and the machine may be busy


def run_demo(project: Path, local: Path) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).parent / "tocsin")
    return subprocess.run(
        [program, "--local-dir", str(local), "demo"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def test_the_makefile_runs_it() -> None:
    assert "\n\t@$(BIN)/tocsin demo\n" in (ROOT / "Makefile").read_text()


def test_it_shows_what_a_person_wants_to_see(tmp_path: Path) -> None:
    done = run_demo(ROOT, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "15 articles are in the archive" in done.stdout
    assert "not_a_feed" in done.stdout
    assert "*troops* to *Ukraine*" in done.stdout
    assert "email to anna@example.org" in done.stdout
    assert "sms to +380441234567" in done.stdout
    assert "$ tocsin articles --topic security-guarantees" in done.stdout
    assert "make up" in done.stdout
    assert done.stderr == ""


def test_it_leaves_nothing_running(tmp_path: Path) -> None:
    run_demo(ROOT, tmp_path)
    assert not (tmp_path / "demo" / "running.json").exists()


@pytest.fixture
def silent_project(tmp_path: Path) -> Path:
    """Its only topic is about nothing that the newsroom writes of."""
    for name in ("template.yaml", "functions"):
        (tmp_path / name).symlink_to(ROOT / name)
    topic = "topics:\n  - {id: security-guarantees, name: Volcanoes, any: [volcano eruption]}\n"
    (tmp_path / "topics.yaml").write_text(topic)
    return tmp_path


def test_it_fails_where_no_alert_arrives(silent_project: Path, tmp_path: Path) -> None:
    done = run_demo(silent_project, tmp_path / "local")
    assert done.returncode == 1
    assert "no email arrived" in done.stderr
