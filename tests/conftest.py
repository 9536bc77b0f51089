"""What every test has behind it."""

import gc


def pytest_collection_finish() -> None:
    """Modules, models and tests stay to the end: every full collection walked through them again,
    for a tenth of the time of a test."""
    gc.collect()
    gc.freeze()
