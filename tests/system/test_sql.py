"""SQL over the articles of the deployed stack: on DuckDB, and on the embedded AWS's Athena."""

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.deploy import deploy
from tests.archive import a_record
from tests.system.conftest import ROOT, Bell
from tocsin.archive.queries import named_queries
from tocsin.archive.records import to_batch
from tocsin.aws.batches import Batches

Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def tocsin(bell: Bell) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        program = Path(sys.executable).parent / "tocsin"
        command = [program, "--local-dir", bell.place.local_dir, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def ask(tocsin: Callable[..., str]) -> Ask:
    def rows(*asked: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in tocsin("sql", "--json", *asked).splitlines()]

    return rows


@pytest.fixture
def publisher(bell: Bell) -> str:
    """Of its own, with an article of a day of which nobody has made a file, and one of today."""
    name = f"Publisher {uuid.uuid4().hex}"
    account, now = bell.account, datetime.now(UTC)
    for number, at in enumerate((now - timedelta(days=5), now)):
        url = f"https://trial.example/{uuid.uuid4().hex}"
        changes = {"id": uuid.uuid4().hex[:24], "url": url, "topics": ("ferries", "storms")}
        record = a_record(number, seen_at=at, publisher=name, **changes)
        Batches(account.archive_bucket, account.shards).add(to_batch([record]), 1, at)
    return name


@pytest.fixture(scope="module")
def analytics(bell: Bell) -> None:
    """As `make analytics` deploys it."""
    account = bell.account
    deploy(
        account.session,
        ROOT / "infra" / "analytics.yaml",
        stack_name=f"{account.stack_name}-analytics",
        parameters={"StackName": account.stack_name},
        endpoint_url=account.endpoint_url,
    )


def test_articles_are_asked_before_and_after_their_day_has_a_file(
    publisher: str, tocsin: Callable[..., str], ask: Ask
) -> None:
    asked = f"SELECT dt, title, topics FROM news WHERE publisher = '{publisher}' ORDER BY dt"
    before = ask(asked)
    assert [row["topics"] for row in before] == ["[ferries, storms]"] * 2
    tocsin("lake")
    assert ask(asked) == before
    in_files = f"SELECT title FROM articles WHERE publisher = '{publisher}'"
    assert [row["title"] for row in ask(in_files)] == [before[0]["title"]]


@pytest.mark.usefixtures("analytics")
def test_athena_has_the_tables_the_workgroup_and_the_named_queries(
    bell: Bell, publisher: str, tocsin: Callable[..., str], ask: Ask
) -> None:
    tocsin("lake")
    asked = (
        "SELECT topic, count(*) AS found FROM articles CROSS JOIN UNNEST(topics) AS matched(topic)"
        f" WHERE publisher = '{publisher}' GROUP BY topic ORDER BY topic"
    )
    on_athena = ask("--engine", "athena", asked)
    assert on_athena == [{"topic": "ferries", "found": 1}, {"topic": "storms", "found": 1}]
    assert on_athena == ask("--engine", "duckdb", asked)
    client = bell.account.client("athena")
    outputs = bell.account.find_outputs(f"{bell.account.stack_name}-analytics")
    assert outputs is not None
    listed = client.list_named_queries(WorkGroup=outputs["Workgroup"])["NamedQueryIds"]
    found = client.batch_get_named_query(NamedQueryIds=listed)["NamedQueries"]
    assert {each["Name"]: each["QueryString"].strip() for each in found} == {
        each.name: each.sql for each in named_queries()
    }
    group = client.get_work_group(WorkGroup=outputs["Workgroup"])["WorkGroup"]
    assert int(group["Configuration"]["BytesScannedCutoffPerQuery"]) == 50 * 10**9
    view = bell.account.client("glue").get_table(DatabaseName=outputs["Database"], Name="news")
    assert view["Table"]["TableType"] == "VIRTUAL_VIEW"
    assert "${" not in view["Table"]["ViewOriginalText"]
