"""The lines of a topic: an `sns_topic` for each way in which somebody listens, made on demand."""

from collections.abc import Callable

from tocsin.aws.sns import SnsTopics
from tocsin.aws.topics_table import TopicsTable
from tocsin.errors import NotFoundError
from tocsin.model.lines import Line


class Lines:
    """Of the topics in the table. `make_sns_topics` is called when there is one to be made."""

    def __init__(self, topics: TopicsTable, make_sns_topics: Callable[[], SnsTopics]) -> None:
        self._topics = topics
        self._make_sns_topics = make_sns_topics

    def make_line(self, topic_id: str, line: Line) -> str:
        """The ARN of the line's `sns_topic`, which is made, tagged and recorded where there is
        none. Raises NotFoundError where there is no such topic."""
        row = self._topics.find(topic_id)
        if row is None:
            raise NotFoundError("topic", topic_id)
        if arn := row.sns_topic_arns.get(line.key):
            return arn
        arn = self._make_sns_topics().make(topic_id, line)
        if not self._topics.add_line(topic_id, line.key, arn):
            raise NotFoundError("topic", topic_id)
        return arn

    def add_listener(self, topic_id: str, line_key: str, number: int) -> bool:
        """So many more listen, or fewer; False where there is no such topic, or fewer listen."""
        return self._topics.add_listener(topic_id, line_key, number)
