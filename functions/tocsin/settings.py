"""The only reader of the environment: one settings class a function."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from tocsin.errors import ConfigurationError


class Settings(BaseModel):
    """Fields are read from variables of the same name in upper case."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Raises ConfigurationError naming each variable that is missing or wrong."""
        found = os.environ if environ is None else environ
        values = {name: found[name.upper()] for name in cls.model_fields if name.upper() in found}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            wrong = ", ".join(f"{str(e['loc'][0]).upper()} ({e['msg']})" for e in error.errors())
            raise ConfigurationError(
                f"environment of the function: {wrong}; template.yaml sets these variables"
            ) from error


class LambdaSettings(Settings):
    """What Lambda itself says: nothing, where code runs elsewhere."""

    aws_lambda_function_name: str = ""


class FetchSettings(Settings):
    """`operator_contact` tells sites whom to ask, `project_url` what asks them; `allowed_endpoints`
    are address:port pairs, separated by commas, that may be fetched although they are not
    public."""

    operator_contact: str
    project_url: str = ""
    allowed_endpoints: str = ""


class DispatchSettings(Settings):
    feeds_table: str
    poll_queue_url: str


class PollSettings(FetchSettings):
    feeds_table: str
    ingest_queue_url: str
    poll_queue_url: str
    dead_letter_queue_url: str
    operator_topic_arn: str
    api_url: str


class IngestSettings(FetchSettings):
    """`page_pause_seconds` pass between two pages of one host."""

    page_pause_seconds: float = 2.0
    articles_table: str
    stories_table: str
    feeds_table: str
    bucket: str
    ingest_queue_url: str
    dead_letter_queue_url: str


class AlertSettings(Settings):
    """`sms_monthly_segments` and `sms_max_price` (USD a segment) are what SMS may cost."""

    articles_table: str
    stories_table: str
    topics_table: str
    operator_topic_arn: str
    api_url: str
    sms_monthly_segments: int
    sms_max_price: str


class ArchiveSettings(Settings):
    articles_table: str
    bucket: str


class SearchSettings(Settings):
    """`searches_per_minute` are those of one caller, or by one feed's link."""

    articles_table: str
    bucket: str
    topics_table: str
    api_url: str
    searches_per_minute: int = 60


class ApiSettings(Settings):
    """`sns_prefix` begins the name of every `sns_topic` of the stack. `sms_countries` are region
    codes, separated by commas, whose numbers may be sent an SMS where `enable_sms` is true. Without
    `public_subscriptions` strangers can subscribe to nothing. `requests_per_minute` are those of
    one caller with an identity."""

    articles_table: str
    stories_table: str
    bucket: str
    feeds_table: str
    poll_queue_url: str
    topics_table: str
    sns_prefix: str
    api_url: str
    enable_sms: bool = False
    sms_countries: str = ""
    public_subscriptions: bool = True
    requests_per_minute: int = 300


class ReconcileSettings(Settings):
    topics_table: str
