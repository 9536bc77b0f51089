"""From a feed to a hit, asked for in four ways, with the roles that the template gives."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from click.testing import CliRunner

from infra.newsroom.server import Newsroom
from tests.system.conftest import Bell, wait_for
from tocsin.archive import connect
from tocsin.archive.answers import Answer
from tocsin.cli.main import cli
from tocsin.feeds.parser import parse
from tocsin.jobs import IngestJob
from tocsin.model.entries import Entry


def tocsin(bell: Bell, *arguments: str) -> str:
    command = ["--local-dir", str(bell.place.local_dir), *arguments]
    result = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def search(bell: Bell, *arguments: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(tocsin(bell, "search", *arguments, "--json"))
    return found


def test_an_ingested_article_is_found_by_its_words(bell: Bell, newsroom: Newsroom) -> None:
    word = f"ferry{uuid.uuid4().hex[:8]}"
    bodies = (
        f"<p>The {word} sails at noon, said Marit Hollander, harbour master of Kestrel Bay.</p>",
        f"<p>The harbour master saw the {word} off, and so did Marit Hollander.</p>",
    )
    urls = {publish(newsroom, f"{word}-{at}", body) for at, body in enumerate(bodies)}
    job = IngestJob(
        host=f"{word}.example",
        feed_id="harbour-post",
        publisher="Harbour Post",
        seen_at=datetime.now(UTC),
        entries=tuple(Entry(url=url, title="A boat") for url in urls),
    )
    record = {"body": job.model_dump_json()}
    bell.account.client("lambda").invoke(
        FunctionName=bell.resource("IngestFunction"),
        Payload=json.dumps({"Records": [record]}).encode(),
    )
    query = f'{word} AND "harbour master" AND publisher:post'
    wait_for(lambda: bell.account.invoke("ArchiveFunction") and search(bell, query)["hits"])
    found = search(bell, query, "--best", "--facet", "publisher", "--facet", "entity")
    hits: Any = found["hits"]
    assert {hit["url"] for hit in hits} == urls
    for hit in hits:
        marks = [hit["snippet"]["text"][m["start"] : m["end"]] for m in hit["snippet"]["marks"]]
        assert set(marks) >= {word, "harbour master"}
    names = {"publisher": {"Harbour Post": 2}, "entity": {"Marit Hollander": 2}}
    assert found["facets"] == names
    assert search(bell, f"{word} AND NOT harbour")["hits"] == []
    assert_found_in_all_ways(bell, query, found)


def publish(newsroom: Newsroom, slug: str, body: str) -> str:
    html = f"<html><body><article><h1>A boat</h1>{body * 5}</article></body></html>"
    return newsroom.publish("harbour-post", slug, slug, html)


def assert_found_in_all_ways(bell: Bell, query: str, found: dict[str, object]) -> None:
    """By the command line (`found`), over HTTP, as a feed, and in Python."""
    facets = ["publisher", "entity"]
    asked = {"query": query, "order": "best", "facet": facets, "limit": 10}
    status, body = bell.get(f"/v1/search?{urlencode(asked, doseq=True)}")
    assert (status, json.loads(body)) == (200, found)
    hits: Any = found["hits"]
    urls = tocsin(bell, "feed-link", "--query", query).split()
    for url in urls:
        status, body = bell.get("/feeds/" + url.rpartition("/")[2], signed=False)
        assert status == 200
        entries = parse(body, "", url).entries
        assert {each.url for each in entries} == {hit["url"] for hit in hits}
    tocsin(bell, "feed-link", "--revoke", urls[0])
    assert bell.get("/feeds/" + urls[0].rpartition("/")[2], signed=False)[0] == 410
    with connect(local_dir=bell.place.local_dir) as archive:
        assert archive.page(query, order="best", facet=facets, limit=10) == Answer(**found)


def test_a_search_over_http_is_refused_without_an_identity_and_told_its_mistakes(
    bell: Bell,
) -> None:
    assert bell.get("/v1/search?query=ferry", signed=False)[0] == 403
    status, body = bell.get("/v1/search?" + urlencode({"query": "(ferry"}))
    told = json.loads(body)
    assert (status, told["status"]) == (400, 400)
    assert told["detail"].startswith("query: column 1")
    status, _ = bell.get("/v1/volume?topic=european-troops-for-ukraine")
    assert status == 200
