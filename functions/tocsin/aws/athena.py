"""SQL on Athena: start a query, wait for its end, read its rows page by page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tocsin.errors import SqlFailed

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

# Most queries end within two seconds; GetQueryExecution may be called some 100 times a second.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 2.0
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
_PAGE_ROWS = 1000  # the most that GetQueryResults gives
# List price in most regions; of each query at least 10 MB are charged.
USD_PER_BYTE = 5 / 10**12
LEAST_BYTES = 10_000_000
_TOO_MUCH = "Bytes scanned limit"
_DENIED = ("AccessDeniedException", "AccessDenied")

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Scanned:
    """What a query read, and what that costs."""

    query_id: str
    size: int
    seconds: float

    @property
    def usd(self) -> float:
        return max(self.size, LEAST_BYTES) * USD_PER_BYTE if self.size else 0.0


@dataclass(frozen=True)
class Answer:
    """`types` are Athena's names for those of the columns; a value is text, None for NULL."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[Row]
    scanned: Scanned


class Athena:
    """`clock` gives seconds that never run backwards."""

    def __init__(
        self,
        client: "AthenaClient",
        workgroup: str,
        database: str,
        *,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._workgroup = workgroup
        self._database = database
        self._sleep = sleep
        self._clock = clock

    def ask(self, sql: str, timeout_seconds: float) -> Answer:
        """Raises SqlFailed. A query that takes longer is stopped, and so is one whose caller is
        interrupted: what it has read until then is charged."""
        query_id = self._start(sql)
        try:
            execution = self._wait(query_id, timeout_seconds)
        except BaseException:
            self._client.stop_query_execution(QueryExecutionId=query_id)
            raise
        if execution["Status"]["State"] != "SUCCEEDED":
            raise _failed(execution["Status"].get("StateChangeReason", "the query was cancelled"))
        return self._answer(query_id, _scanned(query_id, execution.get("Statistics", {})))

    def _start(self, sql: str) -> str:
        try:
            answer = self._client.start_query_execution(
                QueryString=sql,
                WorkGroup=self._workgroup,
                QueryExecutionContext={"Database": self._database},
            )
        except ClientError as error:
            raise _refused(error, self._workgroup) from error
        return answer["QueryExecutionId"]

    def _wait(self, query_id: str, timeout_seconds: float) -> Any:
        """The execution, once it has ended."""
        deadline, pause = self._clock() + timeout_seconds, FIRST_PAUSE_SECONDS
        while True:
            found: Any = self._client.get_query_execution(QueryExecutionId=query_id)
            state = found["QueryExecution"]["Status"]["State"]
            if state in _ENDED:
                return found["QueryExecution"]
            if self._clock() + pause > deadline:
                reason = f"not answered within {timeout_seconds:g} seconds ({state.lower()})"
                raise SqlFailed(reason, "--timeout gives it more, a condition on `dt` less to read")
            self._sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    def _answer(self, query_id: str, scanned: Scanned) -> Answer:
        pages = self._pages(query_id)
        first = next(pages)
        info = first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
        columns = tuple(each["Name"] for each in info)
        types = tuple(each["Type"] for each in info)
        return Answer(columns, types, _rows(columns, first, pages), scanned)

    def _pages(self, query_id: str) -> Iterator[Any]:
        asked: dict[str, Any] = {"QueryExecutionId": query_id, "MaxResults": _PAGE_ROWS}
        while True:
            page: Any = self._client.get_query_results(**asked)
            yield page
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]


def _rows(columns: tuple[str, ...], first: Any, pages: Iterator[Any]) -> Iterator[Row]:
    """Of a SELECT the first row holds the columns' names."""
    rows = [_row(each) for each in first["ResultSet"]["Rows"]]
    yield from rows[1:] if rows[:1] == [columns] else rows
    for page in pages:
        yield from (_row(each) for each in page["ResultSet"]["Rows"])


def _row(row: Any) -> Row:
    return tuple(each.get("VarCharValue") for each in row["Data"])


def _scanned(query_id: str, statistics: Any) -> Scanned:
    milliseconds = statistics.get("TotalExecutionTimeInMillis", 0)
    return Scanned(query_id, statistics.get("DataScannedInBytes", 0), milliseconds / 1000)


def _refused(error: ClientError, workgroup: str) -> SqlFailed:
    code, reason = error.response["Error"]["Code"], error.response["Error"]["Message"]
    if code in _DENIED:
        return SqlFailed(reason, "the policy AskPolicy of the analytics stack allows it")
    if "WorkGroup" in reason and "not found" in reason:
        return SqlFailed(reason, f"`make analytics` makes the workgroup {workgroup}")
    return SqlFailed(reason, "docs/sql.md names the tables and columns")


def _failed(reason: str) -> SqlFailed:
    if _TOO_MUCH in reason:
        remedy = "ask for fewer days (`dt`) or fewer columns, or raise MaxGigabytes of the stack"
        return SqlFailed(reason, remedy)
    if "Access Denied" in reason or "not authorized" in reason:
        return SqlFailed(reason, "the policy AskPolicy of the analytics stack allows it")
    return SqlFailed(reason, "docs/sql.md names the tables and columns")
