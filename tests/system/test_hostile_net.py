"""The fetcher in a small internet that means harm: nothing leaks, nothing fills memory or time."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import ROOT
from tests.system.hostile_net import BODIES, DEADLINE_SECONDS, FETCHED, REBOUND, REFUSED

MAX_MEMORY_KB = 80_000
PATIENCE_SECONDS = 600  # with the whole visit; it takes some ten
# Of what never ends: only a clock cuts it, twenty times later where the machine is busy.
CUT_SECONDS = 20 * DEADLINE_SECONDS
NAMESPACES = (["unshare", "--net"], ["unshare", "--map-root-user", "--net"])


def namespace() -> list[str]:
    """The command that gives another command a network of its own."""
    missing = [tool for tool in ("unshare", "ip", "openssl") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}")
    for command in NAMESPACES:
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip("this user may make no network namespace")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    command = namespace()
    certificate, key = _certificate(tmp_path_factory.mktemp("tls"))
    run = subprocess.run(
        [*command, sys.executable, "-m", "tests.system.hostile_net", certificate, key],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def _certificate(folder: Path) -> tuple[str, str]:
    """For public.test and the names that turn to private addresses; trusted by the visitor."""
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    names = "subjectAltName=DNS:public.test,DNS:meta.test,DNS:rebind-tls.test"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=public.test", "-addext", names),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_there_is_much_to_lose_in_this_net(found: dict[str, Any]) -> None:
    """Plain requests, in the same net, brings home what it should not."""
    came = [each["came"] for each in found["plain"]["refused"].values()]
    assert came.count("LEAK") >= 40


@pytest.mark.parametrize("name", FETCHED)
def test_what_is_public_is_fetched(name: str, found: dict[str, Any]) -> None:
    assert found["tricks"]["fetched"][name]["came"] == "fetched"


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_is_refused(name: str, found: dict[str, Any]) -> None:
    came = found["tricks"]["refused"][name]["came"]
    errors = ("UrlRefused", "AddressRefused", "TooManyRedirects", "Unreachable")
    assert came in errors


@pytest.mark.parametrize("name", REBOUND)
def test_a_name_that_changes_its_mind_is_followed_once(name: str, found: dict[str, Any]) -> None:
    first, second = found["tricks"]["rebound"][name]
    assert (first["came"], second["came"]) == ("fetched", "AddressRefused")


@pytest.mark.parametrize(("name", "came"), BODIES.items())
def test_a_hostile_body_ends_as_a_named_error_in_time(
    name: str, came: str, found: dict[str, Any]
) -> None:
    body = found["bodies"][name]
    assert body["came"] == came
    assert body["seconds"] < CUT_SECONDS


def test_a_drip_is_cut_through_tls(found: dict[str, Any]) -> None:
    body = found["bodies"]["header-drip, https"]
    assert body["came"] == "TooSlow"
    assert body["seconds"] < CUT_SECONDS


def test_nothing_of_it_fills_the_memory(found: dict[str, Any]) -> None:
    assert found["peak_kb"] < MAX_MEMORY_KB
