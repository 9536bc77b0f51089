"""E-mail deliveries to a real SMTP server, where SMTP_HOST names one (Mailpit, for instance).

One attempt for each, in order, on a thread of its own: the inbox has them all anyway, and a
slow server must not hold up the emulator. What could not be relayed is logged by address.
"""

import logging
import queue
import smtplib
import threading
import time
from email.errors import MessageError
from email.message import EmailMessage

from infra.local.inbox import Delivery

logger = logging.getLogger("tocsin.relay")

SENDER = "no-reply@sns.amazonaws.com"  # who SNS e-mail comes from
_SMTP_PORT = 25  # RFC 5321
_SEND_SECONDS = 5.0  # a loopback relay answers in milliseconds


class Relay:
    """`host` is "host" or "host:port"."""

    def __init__(self, host: str) -> None:
        self.host, self.port = _split(host)
        self._waiting: queue.Queue[Delivery] = queue.Queue()
        threading.Thread(target=self._work, daemon=True, name="smtp-relay").start()

    def accept(self, delivery: Delivery) -> None:
        self._waiting.put(delivery)

    def close(self, timeout_seconds: float) -> None:
        """Sends what waits; what is left when the time is over is logged."""
        deadline = time.monotonic() + timeout_seconds
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.02)
        while not self._waiting.empty():
            left = self._waiting.get()
            logger.error("not relayed to %s: the local aws stopped (%s)", left.to, left.message_id)

    def _work(self) -> None:
        while True:
            delivery = self._waiting.get()
            self._send(delivery)
            self._waiting.task_done()

    def _send(self, delivery: Delivery) -> None:
        try:
            with smtplib.SMTP(self.host, self.port, timeout=_SEND_SECONDS) as server:
                server.send_message(message_of(delivery))
        except (OSError, ValueError, MessageError, smtplib.SMTPException) as error:
            logger.error(
                "not relayed to %s by %s:%d: %s (%s); it is in the inbox",
                *(delivery.to, self.host, self.port, error, delivery.message_id),
            )


def message_of(delivery: Delivery) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"AWS Notifications <{SENDER}>"
    message["To"] = delivery.to
    message["Subject"] = delivery.subject
    message["Message-ID"] = f"<{delivery.message_id}@sns.local>"
    message.set_content(delivery.body)
    return message


def _split(host: str) -> tuple[str, int]:
    name, separator, port = host.rpartition(":")
    if not separator:
        return host, _SMTP_PORT
    if not name or not port.isdigit():
        raise ValueError(f"SMTP_HOST is host or host:port, not {host!r}")
    return name, int(port)
