"""Where ministack 1.5.33 differs from AWS in what the template relies on."""

from typing import Any

# A batch asks for the right to do the single thing: the AWS service authorization reference.
_BATCHES = {"sqs:SendMessageBatch": "sqs:SendMessage"}


def mend(iam_actions: Any, lambda_service: Any) -> None:
    """Patches the modules `ministack.core.iam_actions` and `ministack.services.lambda_svc`."""
    _mend_batches(iam_actions)
    _mend_numbers(lambda_service)


def _mend_batches(iam_actions: Any) -> None:
    extract = iam_actions.extract_iam_action

    def extract_single(*arguments: Any, **more: Any) -> str | None:
        action: str | None = extract(*arguments, **more)
        return _BATCHES.get(action or "", action)

    iam_actions.extract_iam_action = extract_single


def _mend_numbers(lambda_service: Any) -> None:
    """A number that is a parameter arrives as text; CloudFormation makes it one again."""
    limit_of = lambda_service._sqs_esm_concurrency

    def limit(esm: dict[str, Any], *arguments: Any) -> Any:
        scaling = esm.get("ScalingConfig") or {}
        if isinstance(stated := scaling.get("MaximumConcurrency"), str):
            scaling["MaximumConcurrency"] = int(stated)
        return limit_of(esm, *arguments)

    lambda_service._sqs_esm_concurrency = limit
