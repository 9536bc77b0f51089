"""What all models are made of: identifiers, instants, and what is frozen."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

# An id names rows, S3 keys, SNS topics and files: letters that are safe in all of them.
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]

# As articles state it: ISO 639, without a country.
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]

# Every instant is in UTC once it is ours, whatever zone it was stated in.
Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]

# No news is from outside these years: such a date was misread, or is a trap for arithmetic.
FIRST_YEAR, LAST_YEAR = 1990, 2200


def to_text(at: datetime) -> str:
    """An instant as stored and shown: UTC, whole seconds, sorts as text: 2026-11-22T09:08:28Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_instant(text: str) -> datetime:
    """The opposite of `to_text`."""
    return datetime.fromisoformat(text)


class Value(BaseModel):
    """A frozen model that takes no field it does not know."""

    # defer_build: a function pays for the models that it uses, when it first does.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )
