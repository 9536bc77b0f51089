"""infra/analytics.yaml and docs/sql.md say what the code does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.local.template import load_template
from tocsin.archive.columns import COLUMNS, DAY
from tocsin.archive.queries import named_queries, view

ROOT = Path(__file__).parents[2]
TEMPLATE: dict[str, Any] = load_template(ROOT / "infra" / "analytics.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
TEXT = (ROOT / "infra" / "analytics.yaml").read_text().splitlines()
TODAY = [(DAY, "string")]


def table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]["TableInput"]
    return found


def columns(name: str) -> list[tuple[str, str]]:
    listed = table(name)["StorageDescriptor"]["Columns"]
    return [(each["Name"], each["Type"]) for each in listed]


def test_tables_have_the_columns_of_the_files() -> None:
    assert columns("Articles") == [(each.name, each.kind.in_glue) for each in COLUMNS]
    in_batches = [(each.name, each.kind.in_batches.in_glue) for each in COLUMNS]
    assert columns("Arrivals") == in_batches
    assert columns("News") == columns("Articles") + TODAY


def test_batches_have_every_column() -> None:
    from tocsin.archive.records import Record

    assert {each.name for each in COLUMNS} <= set(Record.model_fields)


@pytest.mark.parametrize(("name", "folder"), [("Articles", "lake/articles"), ("Arrivals", "batch")])
def test_days_are_projected_where_the_files_are(name: str, folder: str) -> None:
    parameters = table(name)["Parameters"]
    assert parameters["projection.enabled"] == "true"
    assert parameters["projection.dt.format"] == "yyyy-MM-dd"
    (template, _) = parameters["storage.location.template"]["Fn::Sub"]
    assert template == f"s3://${{Bucket}}/{folder}/dt=${{!dt}}/"
    assert table(name)["PartitionKeys"] == [{"Name": DAY, "Type": "string"}]


def test_the_view_is_the_one_that_duckdb_has() -> None:
    text, values = table("News")["ViewOriginalText"]["Fn::Sub"]
    assert text == "/* Presto View: ${InBase64} */"
    stated = json.loads(values["InBase64"]["Fn::Base64"]["Fn::Sub"])
    assert stated["originalSql"].split() == view().sql.split()
    assert stated["schema"] == "${DatabaseName}"
    wanted = [{"name": each.name, "type": each.kind.value} for each in COLUMNS]
    assert stated["columns"] == [*wanted, {"name": DAY, "type": "varchar"}]


def test_named_queries_are_those_of_the_command() -> None:
    stated = {
        each["Properties"]["Name"]: each["Properties"]
        for each in RESOURCES.values()
        if each["Type"] == "AWS::Athena::NamedQuery"
    }
    assert set(stated) == {each.name for each in named_queries()}
    for each in named_queries():
        assert stated[each.name]["QueryString"].strip() == each.sql
        assert stated[each.name]["Description"] == each.about


def test_no_query_may_read_more_than_the_limit() -> None:
    settings = RESOURCES["Workgroup"]["Properties"]["WorkGroupConfiguration"]
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == {"Fn::Sub": "${MaxGigabytes}000000000"}
    assert TEMPLATE["Parameters"]["MaxGigabytes"]["MinValue"] >= 1


def test_results_do_not_stay() -> None:
    rules = RESOURCES["Results"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert any(rule.get("ExpirationInDays", 99) <= 7 for rule in rules)


def test_who_asks_may_do_nothing_else() -> None:
    document = RESOURCES["AskPolicy"]["Properties"]["PolicyDocument"]
    for statement in document["Statement"]:
        actions = statement["Action"]
        actions = [actions] if isinstance(actions, str) else actions
        assert not any("*" in action for action in actions)
        assert statement["Resource"] != "*"
        if any(action.startswith("s3:Put") for action in actions):
            assert statement["Resource"] == {"Fn::Sub": "${Results.Arn}/*"}


def test_every_statement_and_parameter_says_why() -> None:
    for number, line in enumerate(TEXT):
        if re.search(r"- Sid: (\w+)", line):
            assert TEXT[number - 1].strip().startswith("# "), line
    assert all(each["Description"] for each in TEMPLATE["Parameters"].values())
    assert all("Default" in each for each in TEMPLATE["Parameters"].values())


def test_the_main_template_exports_what_this_one_imports() -> None:
    main = load_template(ROOT / "template.yaml")
    assert main["Outputs"]["Bucket"]["Export"]["Name"] == {"Fn::Sub": "${AWS::StackName}-bucket"}


def test_the_page_describes_every_column_and_query() -> None:
    page = (ROOT / "docs" / "sql.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (.*?) \|$", page, re.MULTILINE)
    wanted = [
        (each.name, each.kind.value, each.about + ("" if each.is_always_there else "; may be NULL"))
        for each in COLUMNS
    ]
    day = (DAY, "varchar", "The day (UTC) that it was first seen on, as `2026-11-22`")
    assert rows == [*wanted, day]
    for each in named_queries():
        assert f"| `{each.name}` | {each.about} |" in page.replace("``", "`")
