"""alert: every minute, what is due.

    decide   due matches   ─▶ alerts on the lines of their topic, each with a time; or dropped,
                              held, merged into what rang
    send     due alerts    ─▶ one notification a line; or held, merged, dropped, failed
    volume   once an hour  ─▶ alerts that a topic is far busier or quieter than usual

Decisions are rows before anything is sent, and each row is one worker's at a time: a crash anywhere
leaves a lease that ends, and the step is done again, to the same effect.
"""

from dataclasses import dataclass

from tocsin.pipeline.alerting import Alerting, Decided, Tick, Told
from tocsin.pipeline.decide import decide
from tocsin.pipeline.send import send
from tocsin.pipeline.volume import Heard, hear_volume


@dataclass(frozen=True)
class Alerted:
    """What one run did."""

    decided: tuple[Decided, ...] = ()
    told: tuple[Told, ...] = ()
    heard: tuple[Heard, ...] = ()


def alert(outside: Alerting) -> Alerted:
    tick = Tick(outside)
    decided, told = decide(outside, tick), send(outside, tick)
    return Alerted(tuple(decided), tuple(told), tuple(hear_volume(outside, tick)))
