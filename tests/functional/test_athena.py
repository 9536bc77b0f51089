"""Queries on Athena, by the shapes of its answers: moto keeps queries and runs none."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import Result

from tests.functional.conftest import done
from tocsin.aws.athena import LONGEST_PAUSE_SECONDS, Athena
from tocsin.cli.target import Account
from tocsin.errors import SqlFailed

COLUMNS = (("day", "varchar"), ("articles", "bigint"), ("share", "double"), ("new", "boolean"))


@dataclass
class FakeAthena:
    """Answers with `states`, then with `rows` in pages; keeps what it was asked."""

    states: list[str]
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    reason: str = ""
    page: int = 2
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def start_query_execution(self, **request: Any) -> dict[str, Any]:
        self.asked.append(("start", request))
        return {"QueryExecutionId": "q-1"}

    def stop_query_execution(self, **request: Any) -> dict[str, Any]:
        self.asked.append(("stop", request))
        return {}

    def get_query_execution(self, **request: Any) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        status = {"State": state} | ({"StateChangeReason": self.reason} if self.reason else {})
        statistics = {"DataScannedInBytes": 25_000_000, "TotalExecutionTimeInMillis": 1234}
        return {"QueryExecution": {"Status": status, "Statistics": statistics}}

    def get_query_results(self, **request: Any) -> dict[str, Any]:
        """The first page begins with the names of the columns; a NULL has no value."""
        begin = int(request.get("NextToken", 0))
        rows = [tuple(name for name, _ in COLUMNS), *self.rows]
        some = rows[begin : begin + self.page]
        data = [[{} if v is None else {"VarCharValue": v} for v in row] for row in some]
        info = [{"Name": name, "Type": kind} for name, kind in COLUMNS]
        more = {"NextToken": f"{begin + self.page}"} if begin + self.page < len(rows) else {}
        found = {"Rows": [{"Data": each} for each in data]}
        return {"ResultSet": found | {"ResultSetMetadata": {"ColumnInfo": info}}} | more

    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


@dataclass
class Time:
    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


def athena(client: Any, time: Time | None = None) -> Athena:
    time = time or Time()
    return Athena(client, "tocsin-analytics", "tocsin", sleep=time.sleep, clock=time.clock)


ROWS: list[tuple[str | None, ...]] = [
    ("2031-03-05", "3", "50.0", "true"),
    ("2031-03-04", None, "12.5", "false"),
    ("articles", "1", None, None),
]


def test_rows_come_page_by_page_without_the_names_of_the_columns() -> None:
    client = FakeAthena(["QUEUED", "RUNNING", "SUCCEEDED"], ROWS)
    time = Time()
    answer = athena(client, time).ask("SELECT 1", 60)
    assert answer.columns == ("day", "articles", "share", "new")
    assert [*answer.rows] == ROWS
    assert len(time.slept) == 2
    (_, started), *_ = client.asked
    assert started == {
        "QueryString": "SELECT 1",
        "WorkGroup": "tocsin-analytics",
        "QueryExecutionContext": {"Database": "tocsin"},
    }


def test_what_was_read_and_what_it_costs_is_told() -> None:
    scanned = athena(FakeAthena(["SUCCEEDED"])).ask("SELECT 1", 60).scanned
    assert (scanned.size, scanned.seconds) == (25_000_000, 1.234)
    assert scanned.usd == pytest.approx(0.000125)


def test_ten_megabytes_are_the_least_that_is_charged() -> None:
    from tocsin.aws.athena import Scanned

    assert Scanned("q", 1, 1.0).usd == pytest.approx(0.00005)
    assert Scanned("q", 0, 1.0).usd == 0


def test_it_asks_ever_less_often_and_stops_what_takes_too_long() -> None:
    client, time = FakeAthena(["RUNNING"]), Time()
    with pytest.raises(SqlFailed, match=r"within 30 seconds \(running\).*--timeout"):
        athena(client, time).ask("SELECT 1", 30)
    assert client.names() == ["start", "stop"]
    assert time.slept == sorted(time.slept)
    assert max(time.slept) == LONGEST_PAUSE_SECONDS
    assert sum(time.slept) <= 30


def test_who_is_interrupted_leaves_no_query_running() -> None:
    client = FakeAthena(["RUNNING"])

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    asking = Athena(client, "w", "d", sleep=interrupt, clock=lambda: 0.0)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        asking.ask("SELECT 1", 30)
    assert client.names() == ["start", "stop"]


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("Query cancelled! : Bytes scanned limit was exceeded", "fewer days.*MaxGigabytes"),
        ("COLUMN_NOT_FOUND: line 1:8: Column 'a' cannot be resolved", "docs/sql.md"),
        ("Access Denied (Service: Amazon S3; Status Code: 403)", "AskPolicy"),
    ],
)
def test_a_query_that_fails_says_why_and_what_to_do(reason: str, remedy: str) -> None:
    client = FakeAthena(["FAILED"], reason=reason)
    with pytest.raises(SqlFailed, match=remedy) as failed:
        athena(client).ask("SELECT a", 30)
    assert failed.value.reason == reason
    assert client.names() == ["start"]


@pytest.mark.parametrize(
    ("code", "message", "remedy"),
    [
        ("AccessDeniedException", "You are not authorized to perform this", "AskPolicy"),
        ("InvalidRequestException", "WorkGroup x is not found.", "make analytics"),
        ("InvalidRequestException", "line 1:1: mismatched input 'a'", "docs/sql.md"),
    ],
)
def test_a_query_that_is_refused_says_why_and_what_to_do(
    code: str, message: str, remedy: str
) -> None:
    class Refusing(FakeAthena):
        def start_query_execution(self, **request: Any) -> dict[str, Any]:
            error: Any = {"Error": {"Code": code, "Message": message}}
            raise ClientError(error, "StartQueryExecution")

    with pytest.raises(SqlFailed, match=remedy):
        athena(Refusing(["FAILED"])).ask("SELECT a", 30)


# The command


@pytest.fixture
def with_athena(account: Account, monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeAthena], None]:
    def give(client: FakeAthena) -> None:
        outputs = {"Workgroup": "tocsin-analytics", "Database": "tocsin"}
        monkeypatch.setattr(
            Account, "find_outputs", lambda _, name: outputs if "analytics" in name else None
        )
        monkeypatch.setattr(Account, "client", lambda _, service: {"athena": client}[service])

    return give


def test_a_deployed_stack_is_asked_on_athena(
    tocsin: Callable[..., Result], with_athena: Callable[[FakeAthena], None]
) -> None:
    client = FakeAthena(["SUCCEEDED"], ROWS)
    with_athena(client)
    out = done(tocsin("sql", "--named", "volume", "--json"))
    *rows, told = out.splitlines()
    assert [json.loads(each) for each in rows] == [
        {"day": "2031-03-05", "articles": 3, "share": 50.0, "new": True},
        {"day": "2031-03-04", "articles": None, "share": 12.5, "new": False},
        {"day": "articles", "articles": 1, "share": None, "new": None},
    ]
    assert told == "Athena read 25.0 MB in 1.2 s: about $0.00013"
    assert "FROM news" in client.asked[0][1]["QueryString"]
    assert "2031-03-05" in done(tocsin("sql", "SELECT day FROM news;"))
    assert client.asked[-1][1]["QueryString"] == "SELECT day FROM news"


def test_without_athena_the_remedies_are_named(
    tocsin: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "find_outputs", lambda _, name: None)
    result = tocsin("sql", "SELECT 1")
    assert result.exit_code == 1
    assert "make analytics" in result.output
    assert "--engine duckdb" in result.output


def test_a_stack_that_is_not_there_is_none_and_other_errors_are_raised(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CloudFormation:
        message = "Stack with id nowhere does not exist"

        def describe_stacks(self, **request: Any) -> dict[str, Any]:
            error: Any = {"Error": {"Code": "ValidationError", "Message": self.message}}
            raise ClientError(error, "DescribeStacks")

    client = CloudFormation()
    monkeypatch.setattr(Account, "client", lambda _, service: client)
    assert account.find_outputs("nowhere") is None
    client.message = "Access Denied"
    with pytest.raises(ClientError):
        account.find_outputs("nowhere")
