"""What SNS asks for, in US dollars: its list prices of June 2026 for standard topics
(https://aws.amazon.com/sns/pricing/), without what each month has free."""

from tocsin.model.lines import Channel, Line

PUBLISH = 0.50 / 1_000_000  # a message, of up to 64 kB; a longer one counts as several
EMAIL = 2.00 / 100_000  # a delivery; https costs .60 a million, SQS and Lambda nothing
# SMS are from less than a cent to half a dollar, by country and carrier. This is the most that one
# may cost unless the stack's SmsMaxPrice says otherwise: dearer ones are not delivered.
SMS = 0.10


def price_of(line: Line, listeners: int, segments: int, sms: float = SMS) -> float:
    """Of one message on a line. Whoever listens on a mail line counts as e-mail, which is the
    dearest there."""
    each = sms * segments if line.channel is Channel.SMS else EMAIL
    return PUBLISH + listeners * each
