"""Settings of the property-based tests."""

import os

from hypothesis import HealthCheck, settings

# A first example pays for imports, and a busy machine for its neighbours: no time limit each. The
# same examples at every run, so that a change is judged by what it changes; TOCSIN_EXPLORE=1 looks
# at new ones.
settings.register_profile(
    "unit",
    deadline=None,
    derandomize="TOCSIN_EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("unit")
