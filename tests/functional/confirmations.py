"""SNS as it asks for confirmation; to moto every endpoint has agreed already."""

from typing import Any

from botocore.session import Session

ASKED = ("email", "https")  # protocols whose owner has to say yes


class Confirmations:
    """Off until a test says `on`. `mails` are the endpoints that were asked, in order."""

    def __init__(self, session: Session) -> None:
        self.reset()
        session.register("before-parameter-build.sns", self._begins)
        session.register("after-call.sns.Subscribe", self._subscribed)
        session.register("after-call.sns.ListSubscriptionsByTopic", self._listed)
        session.register("after-call.sns.GetSubscriptionAttributes", self._shown)

    def reset(self) -> None:
        self.on = False
        self.mails: list[str] = []
        self._waiting: set[tuple[str, str]] = set()
        self._confirmed: set[tuple[str, str]] = set()

    def confirm(self, endpoint: str) -> None:
        """The owner follows the link in every mail."""
        followed = {each for each in self._waiting if each[1] == endpoint}
        self._waiting -= followed
        self._confirmed |= followed

    def suspend(self, endpoint: str) -> None:
        """SNS could not deliver, and asks for a new confirmation."""
        failed = {each for each in self._confirmed if each[1] == endpoint}
        self._confirmed -= failed
        self._waiting |= failed

    def _begins(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = dict(params)

    def _subscribed(self, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        asked = context["asked"]
        name = (asked["TopicArn"], asked["Endpoint"])
        if self.on and asked["Protocol"] in ASKED and name not in self._confirmed:
            self._waiting.add(name)
            self.mails.append(asked["Endpoint"])
            parsed["SubscriptionArn"] = "pending confirmation"

    def _listed(self, parsed: dict[str, Any], **_: Any) -> None:
        for each in parsed.get("Subscriptions", ()):
            if (each["TopicArn"], each["Endpoint"]) in self._waiting:
                each["SubscriptionArn"] = "PendingConfirmation"

    def _shown(self, parsed: dict[str, Any], **_: Any) -> None:
        stated = parsed.get("Attributes", {})
        if (stated.get("TopicArn"), stated.get("Endpoint")) in self._waiting:
            stated["PendingConfirmation"] = "true"
