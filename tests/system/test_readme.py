"""Every command of README.md does what it says.

`tocsin` commands run in order, in a project with feeds of the newsroom; those that name a stack and
a region meet one of that name, behind the endpoint that the environment gives. `make` targets are
looked up; what they run is run elsewhere: the demo by its own test, the rest by these very tests.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from infra.local import lifecycle
from infra.local.deploy import deploy
from infra.newsroom.server import Newsroom
from tests.ports import free_port
from tests.system.conftest import ROOT
from tocsin.cli.feed_lines import add_feeds
from tocsin.cli.target import Place, lexicon_file
from tocsin.model.feeds import Feed

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
PARAMETERS = {"OperatorContact": "ops@example.org", "RequireTls": "false"}
NEWS = "https://news.example"
PATIENCE_SECONDS = 600  # with one command


def commands() -> list[str]:
    blocks = (block for page in PAGES for block in BLOCK.findall(page.read_text()))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_command_is_one_that_these_tests_know() -> None:
    for command in commands():
        first, *rest = shlex.split(command)
        known = first == "tocsin" or (first == "make" and rest[0] in targets())
        assert known or command == ". .venv/bin/activate", command


def test_every_make_target_has_a_line_of_help() -> None:
    described = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets() - described == {"setup"}


def test_every_command_of_the_command_line_is_in_the_readme() -> None:
    from tocsin.cli.main import cli

    text = (ROOT / "README.md").read_text()
    missing = [name for name in cli.commands if not re.search(rf"(tocsin|make) {name}\b", text)]
    assert missing == []


@dataclass(frozen=True)
class Project:
    """A checkout with files of its own, and the environment that its commands see."""

    folder: Path
    environment: dict[str, str]
    newsroom_url: str

    def up(self) -> str:
        """What starts the embedded AWS such that its functions may ask the newsroom, in no time."""
        endpoint = self.newsroom_url.removeprefix("http://")
        return f"tocsin up --allow {endpoint} --param PagePauseSeconds=0"

    def run(self, command: str, says_yes: bool = True) -> subprocess.CompletedProcess[str]:
        """`https://news.example` is the newsroom, which has to be allowed by name where a command
        asks it itself."""
        if NEWS in command:
            command = command.replace(NEWS, self.newsroom_url)
            if command.startswith("tocsin feeds"):
                command += f" --allow {self.newsroom_url.removeprefix('http://')}"
        program = [str(Path(sys.executable).parent / "tocsin")]
        return subprocess.run(
            program + shlex.split(command)[1:],
            cwd=self.folder,
            env=self.environment,
            input="y\n" if says_yes else "",
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder, port = tmp_path_factory.mktemp("project"), free_port()
    for name in ("template.yaml", "functions", "topics.yaml", "docs"):
        (folder / name).symlink_to(ROOT / name)
    # What dictionaries said, where they were asked before: they take long to read.
    if (said := lexicon_file(Place(ROOT, ROOT))).is_file():
        (folder / ".local").mkdir()
        shutil.copy(said, lexicon_file(Place(folder, folder)))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "TOCSIN_LOCAL_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    with Newsroom() as newsroom:
        # One is left out, for a command to add.
        _, *known = [Feed(id=i, url=u) for i, u in newsroom.feed_urls.items()]
        add_feeds(folder / "feeds.yaml", known)
        try:
            yield Project(folder, environment, newsroom.url)
        finally:
            if lifecycle.find_running(folder / ".local"):
                lifecycle.stop(folder / ".local")


def deploy_to_the_account(project: Project) -> None:
    """What `make deploy` does, behind the endpoint of the embedded AWS."""
    session = boto3.Session("test", "test", region_name="eu-central-1")
    deploy(
        session,
        ROOT / "template.yaml",
        stack_name="tocsin",
        parameters=PARAMETERS,
        endpoint_url=project.environment["AWS_ENDPOINT_URL"],
    )


def test_every_command_runs(project: Project) -> None:
    deployed = False
    for command in commands():
        if command == "make up":
            command = project.up()
        if not command.startswith("tocsin"):
            continue
        if "--stack-name" in command and not deployed:
            project.run("tocsin up --no-apply")
            deploy_to_the_account(project)
            deployed = True
        done = project.run(command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        # What exports to the terminal tells of itself beside it.
        assert done.stdout or done.stderr, command


def test_the_python_of_the_docs_runs(project: Project) -> None:
    project.run("tocsin up")
    blocks = [block for page in PAGES for block in PYTHON.findall(page.read_text())]
    assert blocks
    for block in blocks:
        done = subprocess.run(
            [sys.executable, "-c", block],
            cwd=project.folder,
            env=project.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_apply_asks_before_it_changes_anything(project: Project) -> None:
    project.run("tocsin up")
    (project.folder / "fewer.yaml").write_text("feeds: []\n")
    done = project.run("tocsin apply --feeds fewer.yaml", says_yes=False)
    assert done.returncode == 1
    assert "- feed kesseltaler-bote" in done.stdout
    assert "kesseltaler-bote" in project.run("tocsin feeds").stdout


def test_a_mistake_in_a_file_is_named_with_its_line(project: Project) -> None:
    wrong = project.folder / "wrong.yaml"
    wrong.write_text("topics:\n  - id: storms\n    name: Storms\n    anny: [storm]\n")
    done = project.run("tocsin apply --topics wrong.yaml")
    assert done.returncode == 1
    assert "wrong.yaml, line 4, topics.0.anny: unknown key; did you mean `any`?" in done.stderr


def test_without_a_stack_the_remedy_is_named(project: Project) -> None:
    done = project.run("tocsin --stack-name elsewhere --region eu-central-1 feeds")
    assert done.returncode == 1
    assert "make deploy" in done.stderr
    assert "Traceback" not in done.stderr
