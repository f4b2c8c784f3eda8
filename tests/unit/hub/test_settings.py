from pathlib import Path

import pytest

from contracts.errors import ConfigError
from hub.settings import Settings, read_settings, unknown_settings


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = read_settings({"PATH": "/bin"})
    assert settings == Settings()
    assert settings.connections_file == Path("var/connections.yaml")
    assert settings.archive == str(Path("var/archive").absolute())


def test_settings_are_read_from_their_variables() -> None:
    settings = read_settings({"HUB_STATE": "/srv/hub", "HUB_PROCESSES": "4"})
    assert settings.processes == 4
    assert settings.state_folder == Path("/srv/hub")
    assert settings.connections_file == Path("/srv/hub/connections.yaml")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings({"HUB_DATABASE_URL": ""}).database_url == ""


def test_a_wrong_value_names_its_variable() -> None:
    with pytest.raises(ConfigError) as wrong:
        read_settings({"HUB_PROCESSES": "many"})
    assert (wrong.value.where, wrong.value.seen) == ("HUB_PROCESSES", "many")
    assert wrong.value.exit_code == 4


def test_a_misspelt_variable_is_named_with_the_nearest_one() -> None:
    strange = unknown_settings({"HUB_DATABSE_URL": "x", "HUB_STATE": "y", "HOME": "z"})
    assert strange == {"HUB_DATABSE_URL": "HUB_DATABASE_URL"}


def test_the_database_address_is_not_shown_with_the_settings() -> None:
    assert "s3cret" not in repr(read_settings({"HUB_DATABASE_URL": "postgresql://u:s3cret@h/d"}))
