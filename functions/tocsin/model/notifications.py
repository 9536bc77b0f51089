"""What goes out."""

from dataclasses import dataclass

from tocsin.model.lines import Line


@dataclass(frozen=True)
class Notification:
    """What goes out on one line of a topic: a body for each kind of screen. `json` is for https,
    SQS and Lambda, `attributes` is what their filter policies go by. No model of pydantic: there
    `json` is a method."""

    id: str
    topic_id: str
    line: Line
    subject: str
    email: str
    sms: str
    json: str
    attributes: dict[str, str]
    article_ids: tuple[str, ...]
