"""From a feed to `tocsin search`, with the roles that the template gives."""

import json
import uuid
from datetime import UTC, datetime

from click.testing import CliRunner

from infra.newsroom.server import Newsroom
from tests.system.conftest import Bell, wait_for
from tocsin.cli.main import cli
from tocsin.jobs import IngestJob
from tocsin.model import Entry


def search(bell: Bell, *arguments: str) -> dict[str, object]:
    command = ["--local-dir", str(bell.place.local_dir), "search", *arguments, "--json"]
    result = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_an_ingested_article_is_found_by_its_words(bell: Bell, newsroom: Newsroom) -> None:
    word = f"ferry{uuid.uuid4().hex[:8]}"
    body = f"<p>The {word} sails at noon, said the harbour master of Kestrel Bay.</p>" * 5
    html = f"<html><body><article><h1>A boat</h1>{body}</article></body></html>"
    url = newsroom.publish("harbour-post", word, word, html)
    job = IngestJob(
        host=f"{word}.example",
        feed_id="harbour-post",
        publisher="Harbour Post",
        seen_at=datetime.now(UTC),
        entries=(Entry(url=url, title="A boat"),),
    )
    record = {"body": job.model_dump_json()}
    bell.account.client("lambda").invoke(
        FunctionName=bell.resource("IngestFunction"),
        Payload=json.dumps({"Records": [record]}).encode(),
    )
    query = f'{word} AND "harbour master" AND publisher:post'
    wait_for(lambda: bell.account.invoke("ArchiveFunction") and search(bell, query)["hits"])
    found = search(bell, query, "--best", "--facet", "publisher")
    (hit,) = found["hits"]  # type: ignore[misc]
    assert hit["url"] == url
    marks = [hit["snippet"]["text"][m["start"] : m["end"]] for m in hit["snippet"]["marks"]]
    assert set(marks) >= {word, "harbour master"}
    assert found["facets"] == {"publisher": {"Harbour Post": 1}}
    assert search(bell, f"{word} AND NOT harbour")["hits"] == []
