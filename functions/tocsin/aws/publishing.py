"""What SNS answers where it does not take a message."""

from botocore.exceptions import BotoCoreError, ClientError

from tocsin.errors import PublishFailed, PublishRefused

# Publishing again cannot mend these: the message or its topic is wrong.
PERMANENT = frozenset({"InvalidParameter", "InvalidParameterValue", "NotFound"})


def publish_error(error: ClientError | BotoCoreError) -> PublishRefused | PublishFailed:
    if not isinstance(error, ClientError):
        return PublishFailed(type(error).__name__)
    code = error.response["Error"]["Code"]
    return PublishRefused(code) if code in PERMANENT else PublishFailed(code)
