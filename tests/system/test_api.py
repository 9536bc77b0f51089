"""The HTTP API as it runs, behind the gateway: what its description lets a caller send."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from tests.system.conftest import ANSWER_SECONDS, Bell
from tocsin.api.description import describe, operations

# Of each operation, through the gateway: that the routes answer as they say is tried many more
# times without it. Fewer than an identity may search in a minute.
EXAMPLES = 12
# A cursor that no list gave, and two lists at once, are refused although each parameter is as
# described; that identities are asked for has tests of its own.
NOT_ASKED = [ignored_auth, positive_data_acceptance]


def answer(bell: Bell, prepared: requests.PreparedRequest) -> requests.Response:
    """As root signs it."""
    parts = urlsplit(str(prepared.url))
    url = bell.api_url(parts.path) + (f"?{parts.query}" if parts.query else "")
    signed = AWSRequest("GET", url)
    SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(signed)
    headers = dict(signed.headers.items())
    got = requests.get(url, headers=headers, timeout=ANSWER_SECONDS, allow_redirects=False)
    got.request = prepared
    return got


@pytest.mark.parametrize("path", [each.path for each in operations()])
def test_no_request_that_can_be_made_up_finds_a_fault(path: str, bell: Bell) -> None:
    operation = schemathesis.openapi.from_dict(describe())[path]["GET"]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def try_it(case: Any) -> None:
        request = requests.Request(**case.as_transport_kwargs(base_url="https://api.example"))
        response = answer(bell, request.prepare())
        case.validate_response(response, excluded_checks=NOT_ASKED)

    try_it()
