"""Where ministack 1.5.33 differs from AWS in what the template relies on."""

from typing import Any

# A batch asks for the right to do the single thing: the AWS service authorization reference.
_BATCHES = {"sqs:SendMessageBatch": "sqs:SendMessage"}


def mend(iam_actions: Any, lambda_service: Any, athena: Any, provisioners: Any) -> None:
    """Patches the modules `ministack.core.iam_actions`, `ministack.services.lambda_svc`,
    `ministack.services.athena` and `ministack.services.cloudformation.provisioners`."""
    _mend_batches(iam_actions)
    _mend_numbers(lambda_service)
    _mend_named_queries(athena, provisioners)


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


def _mend_named_queries(athena: Any, provisioners: Any) -> None:
    """Its Athena has them, its CloudFormation does not. They are made anew by an update."""
    asked = ("Name", "Description", "Database", "QueryString", "WorkGroup")

    def create(_logical_id: str, properties: dict[str, Any], _stack: str) -> tuple[str, Any]:
        known = set(athena._named_queries.keys())
        athena._create_named_query({name: properties.get(name, "") for name in asked})
        (made,) = set(athena._named_queries.keys()) - known
        return made, {"NamedQueryId": made}

    def update(
        physical_id: str, _old: dict[str, Any], new: dict[str, Any], stack: str
    ) -> tuple[str, Any]:
        delete(physical_id, new)
        return create("", new, stack)

    def delete(physical_id: str, _properties: dict[str, Any]) -> None:
        athena._delete_named_query({"NamedQueryId": physical_id})

    handlers = {"create": create, "update": update, "delete": delete}
    provisioners._RESOURCE_HANDLERS["AWS::Athena::NamedQuery"] = handlers
