"""template.yaml holds together with the code and says what it does."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.transform import transform

from infra.local.template import load_template

ROOT = Path(__file__).parents[2]
TEMPLATE: dict[str, Any] = load_template(ROOT / "template.yaml")
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
LINES = (ROOT / "template.yaml").read_text().splitlines()


def of_type(kind: str) -> dict[str, Any]:
    return {name: each for name, each in RESOURCES.items() if each["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_handler_is_there(name: str) -> None:
    module, _, function = FUNCTIONS[name]["Properties"]["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_a_role_and_a_log_of_its_own(name: str) -> None:
    properties, stage = FUNCTIONS[name]["Properties"], name.removesuffix("Function")
    assert properties["Role"] == {"Fn::GetAtt": [f"{stage}Role", "Arn"]}
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": f"{stage}Log"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_given_the_variables_that_its_settings_name(name: str) -> None:
    from tocsin import settings

    stage = name.removesuffix("Function")
    wanted = getattr(settings, f"{stage}Settings").model_fields
    given = FUNCTIONS[name]["Properties"]["Environment"]["Variables"]
    assert set(given) == {field.upper() for field in wanted}


def statements() -> list[tuple[str, dict[str, Any]]]:
    return [
        (role, statement)
        for role, each in of_type("AWS::IAM::Role").items()
        for policy in each["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


# The service authorization reference of Amazon SNS names none for them.
WITHOUT_RESOURCE_TYPE = {
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
}


def test_only_phone_numbers_are_allowed_by_what_they_are_not() -> None:
    excluding = {role: each for role, each in statements() if "NotResource" in each}
    assert set(excluding) == {"ApiRole"}
    assert excluding["ApiRole"]["Action"] == "sns:Publish"
    assert excluding["ApiRole"]["NotResource"] == {"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}


def test_no_role_may_do_everything_or_touch_anything() -> None:
    for role, statement in statements():
        actions = statement["Action"]
        actions = [actions] if isinstance(actions, str) else actions
        for action in actions:
            assert "*" not in action, f"{role}: {action}"
        # What has no resource type in SNS takes no other resource.
        if not set(actions) <= WITHOUT_RESOURCE_TYPE:
            assert statement.get("Resource", "a NotResource") != "*", role


def test_every_statement_says_why() -> None:
    """WriteOwnLog is explained once, on top of the template."""
    clear = {"WriteOwnLog"}
    for number, line in enumerate(LINES):
        sid = re.search(r"- Sid: (\w+)", line)
        if sid and sid[1] not in clear | {"RefusePlainHttp"}:
            assert LINES[number - 1].strip().startswith("# "), f"line {number + 1}: {sid[1]}"


def test_every_queue_has_a_dead_letter_queue() -> None:
    queues = of_type("AWS::SQS::Queue")
    for name, queue in queues.items():
        if not name.endswith("DeadLetterQueue"):
            dead = queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
            assert dead in queues


@pytest.mark.parametrize("stage", ["Poll", "Ingest"])
def test_a_message_comes_once_more_than_it_is_tried(stage: str) -> None:
    from tocsin.pipeline.dead_letters import MAX_RECEIVES

    redrive = RESOURCES[f"{stage}Queue"]["Properties"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == MAX_RECEIVES


@pytest.mark.parametrize("stage", ["Poll", "Ingest"])
def test_a_message_stays_hidden_for_six_times_the_functions_timeout(stage: str) -> None:
    visible_after = RESOURCES[f"{stage}Queue"]["Properties"]["VisibilityTimeout"]
    assert visible_after >= 6 * RESOURCES[f"{stage}Function"]["Properties"]["Timeout"]


def test_the_lease_of_an_alert_is_twice_the_functions_timeout() -> None:
    from tocsin.pipeline.alerting import LEASE

    timeout = RESOURCES["AlertFunction"]["Properties"]["Timeout"]
    assert LEASE.total_seconds() >= 2 * timeout


@pytest.mark.parametrize("stage", ["Poll", "Ingest"])
def test_a_host_is_leased_for_longer_than_a_function_can_ask_it(stage: str) -> None:
    from tocsin.pipeline import poll
    from tocsin.web import politeness

    timeout = RESOURCES[f"{stage}Function"]["Properties"]["Timeout"]
    lease = {"Poll": poll.HOST_LEASE, "Ingest": politeness.SLOT_LEASE}[stage]
    assert lease.total_seconds() > timeout
    # The last page: its pause, two robots.txt and itself at 20 s each, and its extraction.
    assert politeness.VISIT.total_seconds() + 5 + 3 * 20 + 15 < timeout


def test_every_parameter_is_described_and_only_the_contact_must_be_given() -> None:
    parameters = TEMPLATE["Parameters"]
    assert all(each["Description"] for each in parameters.values())
    required = {name for name, each in parameters.items() if "Default" not in each}
    assert required == {"OperatorContact"}
    assert parameters["AllowedEndpoints"]["Default"] == ""


def test_tables_and_bucket_outlive_the_stack() -> None:
    kept = of_type("AWS::DynamoDB::Table") | of_type("AWS::S3::Bucket")
    assert kept
    for each in kept.values():
        assert each["DeletionPolicy"] == each["UpdateReplacePolicy"] == "Retain"


def test_every_route_but_those_of_hubs_subscribers_and_readers_asks_for_an_iam_identity() -> None:
    routes = [each["Properties"] for each in of_type("AWS::ApiGatewayV2::Route").values()]
    open_to_all = {each["RouteKey"] for each in routes if each["AuthorizationType"] != "AWS_IAM"}
    assert open_to_all == {
        "GET /websub/{feed}/{token}",
        "POST /websub/{feed}/{token}",
        "POST /v1/subscriptions",
        "POST /v1/subscriptions/confirm",
        "GET /subscriptions",
        "POST /subscriptions",
        "GET /subscriptions/{token}",
        "POST /subscriptions/{token}",
        "GET /a/{code}",
        "GET /feeds/{file}",
    }


def test_the_api_subscribes_nothing_but_mailboxes_and_telephones() -> None:
    (statement,) = [each for role, each in statements() if each["Sid"] == "Subscribe"]
    allowed = statement["Condition"]["StringEqualsIfExists"]["sns:Protocol"]
    assert allowed == ["email", "sms"]


class NoManagedPolicies:
    def load(self) -> dict[str, str]:
        return {}


def test_the_sam_transform_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    template = load_template(ROOT / "template.yaml")
    for function in FUNCTIONS:
        template["Resources"][function]["Properties"]["CodeUri"] = "s3://bucket/key"
    template["Globals"]["Function"].pop("CodeUri")
    made = transform(template, {"OperatorContact": "ops@example.org"}, NoManagedPolicies())
    schedules = [r for r in made["Resources"].values() if r["Type"] == "AWS::Scheduler::Schedule"]
    assert len(schedules) == 5
