"""GUARANTEES 13: no personal value and no secret of a source is found in anything we write.

The sandbox plants marks that occur nowhere else into every personal field. Runs that load,
quarantine, reject and fail are made, then everything that was written or said is searched.
"""

import io
import logging
import pickle
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import psycopg2
import pytest
import zstandard
from psycopg2 import sql

from connectors.agency import Agency
from connectors.connection import Connection
from connectors.source import Source, source_for
from contracts.errors import HubError
from contracts.partition import Partition
from contracts.source_map import SourceField, SourceMap
from hub import desk as desks
from hub import ingest
from hub.cli.main import invoke
from hub.desk import open_desk
from hub.settings import Settings
from sandbox import person
from sandbox.dirt import KINDS_OF
from tests.acceptance.nation import Sandbox
from tests.acceptance.test_verbs import environment, in_own_process
from warehouse.embedded import Server

DAY = date(2020, 3, 10)
AGENCIES = ("G02", "G03", "G10", "H26")
"""Between them they use all systems."""

ASKED_FOR = "001090123456"
"""The identity number that the fault ``json_identity`` puts into a kept field."""

FAULTS = [
    ("H26", "dossiers", fault)
    for fault in (
        "http_500", "http_401", "cut", "gzip_cut", "html_as_json", "total_wrong", "page_repeat",
        "json_duplicate_key", "json_lone_surrogate", "json_nul", "json_identity", "json_cut",
        "json_long_text", "json_deep", "drift_new_field", "drift_renamed_field", "drift_type",
        "redirect_elsewhere",
    )
] + [
    ("G03", "dossiers", "app_error"),
    ("G03", "dossiers", "token_expired"),
    ("H26", "payments", "sum_wrong"),
] + [
    ("G10", "dossiers", fault)
    for fault in (
        "done_digest", "done_rows", "csv_windows1258", "csv_bad_byte", "csv_nul", "csv_open_quote",
        "csv_stray_quote", "csv_ragged", "csv_header_twice", "csv_header_missing", "csv_footer",
        "csv_long_field",
    )
]  # fmt: skip


@dataclass
class Marks:
    """What must be nowhere: marks of personal values, whole names, secrets."""

    secrets: frozenset[str]
    _names: frozenset[str] = frozenset(p.name for p in person.people())
    _planted: re.Pattern[str] = re.compile(
        rf"(?<!\d)(?:{person.IDENTITY_MARK}\d{{8}}|{person.PHONE_MARK}\d{{3}}|"
        rf"{person.ACCOUNT_MARK}\d{{8}}|{ASKED_FOR})(?!\d)|"
        + "|".join(map(re.escape, (*person.CANARIES[2:4], *person.CANARIES[5:])))
    )
    _named: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        first, middle, given = (
            "|".join(sorted(set(part))) for part in zip(*map(str.split, self._names), strict=True)
        )
        self._named = re.compile(rf"(?:{first}) (?:{middle}) (?:{given})\b")

    def found(self, text: str) -> set[str]:
        """Return what of it a text holds."""
        named = self._names & set(self._named.findall(text))
        return {*self._planted.findall(text), *named, *(s for s in self.secrets if s in text)}


@pytest.fixture
def marks(nation: Sandbox, postgres: Server) -> Marks:
    secrets = {path.read_text() for path in nation.secrets.iterdir()}
    found = Marks(frozenset({*secrets, postgres.password}))
    assert found.found("Số 7 đường Chim Hoàng Yến, 099012345678") >= {"099012345678"}
    return found


@pytest.fixture(autouse=True)
def unspoilt(nation: Sandbox) -> Iterator[None]:
    yield
    nation.control("reset", {})


def files_below(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every file, archived frames unpacked."""
    for path in filter(Path.is_file, folder.rglob("*")):
        held = path.read_bytes()
        if path.suffix == ".zst":
            reader = zstandard.ZstdDecompressor().stream_reader(
                io.BytesIO(held), read_across_frames=True
            )
            held = reader.read()
        yield str(path.relative_to(folder)), f"{path.name}\n{held.decode('utf-8', 'replace')}"


def tables_of(url: str) -> Iterator[tuple[str, str]]:
    """Yield the name and all rows, as text, of every table of every schema of ours."""
    with psycopg2.connect(url) as conn, conn.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE'"
            " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        for place in cursor.fetchall():
            every = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(*place))
            cursor.execute(every)
            yield ".".join(place), "\n".join(row[0] for row in cursor)
    conn.close()


def leaks(marks: Marks, *written: Iterator[tuple[str, str]]) -> dict[str, set[str]]:
    """Return where marks were found; fails when nothing was searched at all."""
    searched = [(name, marks.found(text)) for many in written for name, text in many if text]
    assert searched
    return {name: found for name, found in searched if found}


def spoil(nation: Sandbox) -> None:
    """Make every feed of the four agencies hold every kind of dirt."""
    for agency in AGENCIES:
        for feed, kinds in KINDS_OF.items():
            place = {"agency": agency, "feed": feed, "day": str(DAY)}
            nation.control("volume", {**place, "rows": 240})
            for kind in kinds:
                nation.control("faults", {**place, "fault": f"value_{kind}"})


def fail_in_every_way(settings: Settings, nation: Sandbox) -> Iterator[tuple[str, str]]:
    """Run under every fault; yield what the result or the pickled error says."""
    with open_desk(settings) as desk:
        for agency, feed, fault in FAULTS:
            place = {"agency": agency, "feed": feed, "day": str(DAY)}
            nation.control("faults", {**place, "fault": fault, "times": -1})
            try:
                told: object = ingest.run(desk, Partition(agency, feed, DAY), reason="leaks")
            except HubError as error:
                told = (pickle.dumps(error).decode("utf-8", "replace"), str(error), vars(error))
            yield f"{fault} at {agency}", repr(told)
            nation.control(f"faults?agency={agency}", method="DELETE")


def commands() -> list[str]:
    """Return every command that shows something of a partition."""
    days = f"--from {DAY} --to {DAY}"
    places = [f"{agency} {feed} {DAY}" for agency in AGENCIES for feed in KINDS_OF]
    lines = [f"{verb} {place}" for verb in ("explain", "quarantine show") for place in places]
    lines += [f"check H26 {feed} {DAY}" for feed in KINDS_OF]
    lines += ["quarantine list", f"status {days}", "figures", "verify", "agency show H26", "doctor"]
    return [*lines, *(f"{line} --json" for line in lines), f"report II.06a {days} --csv"]


def test_nothing_that_is_written_or_said_holds_a_planted_value(  # noqa: PLR0917
    settings: Settings,
    nation: Sandbox,
    postgres: Server,
    marks: Marks,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.DEBUG)
    spoil(nation)
    said: list[tuple[str, str]] = []

    def type_in(line: str) -> None:
        code = invoke(line.split())
        told = capfd.readouterr()
        said.append((f"hub {line} -> {code}", f"{told.out}\n{told.err}"))

    agencies = " ".join(f"--agency {code}" for code in AGENCIES)
    type_in(f"backfill --from {DAY} --to {DAY} {agencies} --yes --json --processes 1")
    assert '"loaded": 12' in said[0][1]
    said += fail_in_every_way(settings, nation)
    for agency, fault in (("H26", "http_500"), ("G03", "app_error"), ("G10", "csv_header_missing")):
        place = {"agency": agency, "feed": "dossiers", "day": str(DAY)}
        nation.control("faults", {**place, "fault": fault, "times": -1})
        type_in(f"run {agency} dossiers {DAY}")
        type_in(f"run {agency} dossiers {DAY} --json")
    for line in commands():
        type_in(line)
    audit = in_own_process(settings, ["audit", "dossiers", str(DAY), "--json"])
    said += [("hub audit", audit.stdout + audit.stderr), ("log", caplog.text)]
    said += [("server log", (postgres.folder / "postgres.log").read_text())]
    runs = dict(tables_of(settings.database_url))["ledger.run"]
    assert {"loaded", "rejected", "failed"} <= set(re.findall(r"\w+", runs))
    assert {".zst", ".json", ".html"} <= {
        Path(name).suffix for name, _ in files_below(settings.state)
    }
    assert (
        leaks(marks, files_below(settings.state), tables_of(settings.database_url), iter(said))
        == {}
    )


@pytest.mark.parametrize(
    ("personal", "exit_code", "places"),
    [
        ("payerName", 1, {"archive"}),  # no contract takes a name for a code: the day is refused
        ("payerId", 0, {"archive", "ledger.quarantine", "shown"}),
    ],
)
def test_the_same_search_finds_what_a_careless_source_map_lets_through(  # noqa: PLR0917
    settings: Settings,
    nation: Sandbox,
    marks: Marks,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    personal: str,
    exit_code: int,
    places: set[str],
) -> None:
    def careless(agency: Agency, feed: str, known: Mapping[str, Connection]) -> Source:
        found = source_for(agency, feed, known)
        fields = dict(found.source_map.fields)
        fields["transaction_code"] = SourceField(path=personal)
        return replace(found, source_map=SourceMap(fields=fields))

    place = {"agency": "G03", "feed": "payments", "day": str(DAY)}
    nation.control("volume", {**place, "rows": 60})
    nation.control("faults", {**place, "fault": "value_unknown_status"})
    monkeypatch.setattr(desks, "source_for", careless)
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    assert invoke(["run", "G03", "payments", str(DAY)]) == exit_code
    invoke(["quarantine", "show", "G03", "payments", str(DAY)])
    shown = ("shown", capsys.readouterr().out)
    found = leaks(
        marks, files_below(settings.state), tables_of(settings.database_url), iter([shown])
    )
    assert {name.partition("/")[0] for name in found} == places
    assert len(next(hits for name, hits in found.items() if name.endswith(".zst"))) > 40
