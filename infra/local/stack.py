"""One CloudFormation stack: create or update it, wait, and say what failed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.local.errors import DeployFailed

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

Progress = Callable[[str], None]

_POLL_SECONDS = 0.05
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
# Stacks that CloudFormation can only delete: their first creation failed.
_NEVER_CREATED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
_GONE = "DELETE_COMPLETE"
_NOTHING_TO_DO = "No updates are to be performed"


class Stack:
    """`timeout_seconds` bounds everything that is waited for, from now on."""

    def __init__(
        self,
        cloudformation: "CloudFormationClient",
        name: str,
        timeout_seconds: float,
        say: Progress,
    ) -> None:
        self._cloudformation = cloudformation
        self._name = name
        self._deadline = time.monotonic() + timeout_seconds
        self._say = say

    def become(self, template_url: str, parameters: dict[str, str]) -> None:
        """Returns once the stack is what the template says. Raises DeployFailed with the reasons
        of the resources that failed."""
        started_at = datetime.now(UTC)
        request: dict[str, Any] = {
            "StackName": self._name,
            "TemplateURL": template_url,
            "Capabilities": _CAPABILITIES,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
        }
        if self._submit(request):
            self._wait_until_done(started_at)

    def outputs(self) -> dict[str, str]:
        stack = self._describe()
        outputs = stack.get("Outputs", []) if stack else []
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def _submit(self, request: dict[str, Any]) -> bool:
        """False when the stack is what the template says already."""
        status = self._status()
        if status in _NEVER_CREATED:
            self._say(f"deleting stack {self._name}, whose creation failed")
            self._delete()
            status = None
        if status is None:
            self._say(f"creating stack {self._name}")
            self._cloudformation.create_stack(**request)
            return True
        self._say(f"updating stack {self._name}")
        return self._update(request)

    def _update(self, request: dict[str, Any]) -> bool:
        try:
            self._cloudformation.update_stack(**request)
        except ClientError as error:
            if _NOTHING_TO_DO in _message(error):
                return False
            raise
        return True

    def _delete(self) -> None:
        self._cloudformation.delete_stack(StackName=self._name)
        while (status := self._status()) is not None:
            self._wait(f"it could not be deleted: {status}")

    def _wait_until_done(self, started_at: datetime) -> None:
        while (status := self._status() or _GONE).endswith("_IN_PROGRESS"):
            self._wait(f"it is still {status}; `tocsin up --fresh` starts anew")
        if status not in _DONE:
            raise DeployFailed(self._name, "; ".join([status, *self._reasons(started_at)]))

    def _wait(self, reason_when_late: str) -> None:
        if time.monotonic() > self._deadline:
            raise DeployFailed(self._name, reason_when_late)
        time.sleep(_POLL_SECONDS)

    def _status(self) -> str | None:
        """None where there is no stack."""
        stack = self._describe()
        status = stack["StackStatus"] if stack else _GONE
        return None if status == _GONE else status

    def _describe(self) -> "StackTypeDef | None":
        try:
            return self._cloudformation.describe_stacks(StackName=self._name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in _message(error):
                return None
            raise

    def _reasons(self, started_at: datetime) -> list[str]:
        """What failed in this deployment, the first failure first: others follow from it."""
        paginator = self._cloudformation.get_paginator("describe_stack_events")
        pages = paginator.paginate(StackName=self._name)
        events = [event for page in pages for event in page["StackEvents"]]
        failed = [e for e in events if e.get("ResourceStatus", "").endswith("_FAILED")]
        recent = [e for e in failed if e["Timestamp"].timestamp() >= int(started_at.timestamp())]
        return [_reason(event) for event in reversed(recent)]


def _reason(event: "StackEventTypeDef") -> str:
    where = f"{event.get('LogicalResourceId')} ({event.get('ResourceType')})"
    return f"{where}: {event.get('ResourceStatusReason', 'no reason given')}"


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message") or error)
