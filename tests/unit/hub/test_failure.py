import pytest

from contracts.errors import (
    ArchiveCorrupt,
    ConfigError,
    ContractBroken,
    HubError,
    LoadConflict,
    SourceUnavailable,
)
from hub.cli.failure import next_step, tell

WHERE = "H26/dossiers/2026-11-20"


@pytest.mark.parametrize(
    ("error", "step", "code"),
    [
        (ConfigError("x"), "hub doctor", 4),
        (SourceUnavailable("x", where=WHERE), "hub check H26 dossiers 2026-11-20", 3),
        (ContractBroken("x", where=WHERE), "hub explain H26 dossiers 2026-11-20", 1),
        (LoadConflict("x"), "hub run H26", 5),
        (ArchiveCorrupt("x"), "hub verify", 1),
        (ConfigError("x", action="hub agency list"), "hub agency list", 4),
        (ConfigError("x", action="sửa tệp"), "sửa tệp; hub doctor", 4),
    ],
)
def test_every_error_ends_with_the_next_command_and_its_exit_code(
    error: HubError, step: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert next_step(error, ["run", "H26"]) == step
    assert tell(error, ["run", "H26"]) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[-1].endswith(step)


def test_a_failure_tells_where_what_was_seen_and_what_is_allowed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell(SourceUnavailable("hỏng", where=WHERE, seen="502", allowed="200"), [])
    told = capsys.readouterr().err
    assert "[NET] hỏng" in told
    assert f"where: {WHERE}" in told
    assert "seen: 502" in told
    assert "allowed: 200" in told
