"""Settings of the property-based tests."""

from hypothesis import settings

# A first example pays for imports, and a busy machine for its neighbours: no time limit each.
settings.register_profile("unit", deadline=None)
settings.load_profile("unit")
