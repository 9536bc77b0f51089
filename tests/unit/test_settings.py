"""What the functions read from their environment."""

import pytest
from pydantic import ValidationError

from tocsin.errors import ConfigurationError
from tocsin.settings import (
    AlertSettings,
    ApiSettings,
    DispatchSettings,
    IngestSettings,
    PollSettings,
    ReconcileSettings,
    Settings,
)

ALL = (
    DispatchSettings,
    PollSettings,
    IngestSettings,
    AlertSettings,
    ReconcileSettings,
    ApiSettings,
)


def required(of: type[Settings]) -> list[str]:
    return [name for name, field in of.model_fields.items() if field.is_required()]


PLAIN = {float: 0.5, int: 7, bool: True}


def values(of: type[Settings]) -> dict[str, object]:
    return {n: PLAIN.get(f.annotation, f"the {n}") for n, f in of.model_fields.items()}


def environment(of: type[Settings]) -> dict[str, str]:
    return {name.upper(): str(value) for name, value in values(of).items()}


@pytest.mark.parametrize("settings", ALL)
def test_each_field_is_read_from_the_variable_of_its_name(settings: type[Settings]) -> None:
    read = settings.read(environment(settings) | {"PATH": "/bin"})
    assert read.model_dump() == values(settings)


@pytest.mark.parametrize(
    ("settings", "name"), [(each, name) for each in ALL for name in required(each)]
)
def test_a_missing_variable_is_named(settings: type[Settings], name: str) -> None:
    environ = environment(settings)
    del environ[name.upper()]
    with pytest.raises(ConfigurationError, match=rf"{name.upper()} \(Field required\)") as refused:
        settings.read(environ)
    assert "template.yaml" in str(refused.value)
    for other in environ:
        assert other not in str(refused.value)


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"FEEDS_TABLE.*POLL_QUEUE_URL"):
        DispatchSettings.read({})


def test_nothing_but_the_public_internet_is_allowed_unless_stated() -> None:
    environ = environment(PollSettings)
    del environ["ALLOWED_ENDPOINTS"]
    assert PollSettings.read(environ).allowed_endpoints == ""


def test_the_environment_of_the_process_is_read_where_no_other_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment(ApiSettings).items():
        monkeypatch.setenv(name, value)
    assert ApiSettings.read().model_dump() == values(ApiSettings)


def test_settings_do_not_change() -> None:
    settings = ApiSettings.read(environment(ApiSettings))
    with pytest.raises(ValidationError, match="frozen"):
        settings.bucket = "other"  # type: ignore[misc]


def test_no_sms_is_sent_unless_stated() -> None:
    environ = environment(ApiSettings)
    del environ["ENABLE_SMS"]
    assert not ApiSettings.read(environ).enable_sms
