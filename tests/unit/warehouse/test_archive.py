"""The landing archive on a folder."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import fsspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import ArchiveCorrupt, HubError
from contracts.page import BrokenRow, Page
from contracts.partition import Partition
from warehouse.archive import Archive, Landing

WHERE = Partition("H26", "dossiers", date(2026, 11, 20))
PAGES = (
    Page(
        rows=3,
        columns={"code": ["A", None, "Đà Nẵng\0"], "n": [1, None, 2**63]},
        broken=(BrokenRow(1, "CSV-WIDTH", "13 columns", "17"),),
        envelope={"totalElements": 4},
        unknown=frozenset({"ghiChu"}),
        digest="ab" * 32,
        size=400,
    ),
    Page(rows=1, columns={"code": ["D"], "n": [True]}, digest="cd" * 32, size=100),
)


def landed(archive: Archive, token: int = 7, pages: tuple[Page, ...] = PAGES) -> Landing:
    writer = archive.writer(WHERE, token)
    for number, page in enumerate(pages):
        writer.add({"path": "/pa", "query": [["page", str(number)]]}, page, page is pages[-1])
    return writer.close({"rows": 4})


def files(folder: Path) -> Mapping[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_what_was_landed_is_read_back_exactly(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    landing = landed(archive)
    read = list(archive.read(archive.landing(landing.manifest)))
    assert [page for _, page, _ in read] == list(PAGES)
    assert [(request["query"][0][1], last) for request, _, last in read] == [
        ("0", False),
        ("1", True),
    ]


def test_a_landing_says_what_came(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    landing = landed(archive)
    assert (landing.rows, landing.pages, landing.size) == (4, 2, 500)
    assert (landing.declared, landing.unknown) == ({"rows": 4}, ("ghiChu",))
    assert landing.manifest == "runs/H26/dossiers/2026-11-20/7.json"
    assert archive.landing(landing.manifest) == landing


def test_a_landing_carries_the_cursors_of_its_pull(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    plain = landed(archive)
    writer = archive.writer(WHERE, 8)
    writer.add({}, PAGES[0], last=True)
    landing = archive.landing(writer.close({}, since="a", cursor="b").manifest)
    assert (landing.since, landing.cursor, landing.is_incremental) == ("a", "b", True)
    assert (plain.since, plain.cursor, plain.is_incremental) == ("", "", False)


def test_equal_content_has_one_blob_and_one_digest(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    first, second = landed(archive, 7), landed(archive, 8)
    assert first.content_digest == second.content_digest
    assert len([name for name in files(tmp_path) if name.startswith("blobs/")]) == 1


def test_other_content_has_another_digest(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    assert landed(archive).content_digest != landed(archive, 8, PAGES[:1]).content_digest


def test_nothing_is_named_before_close_and_abort_removes_all(tmp_path: Path) -> None:
    writer = Archive(str(tmp_path)).writer(WHERE, 7)
    writer.add({}, PAGES[0], last=False)
    assert [name.split("/")[0] for name in files(tmp_path)] == ["tmp"]
    writer.abort()
    assert files(tmp_path) == {}


def test_a_full_disk_fails_the_landing_and_leaves_nothing(tmp_path: Path) -> None:
    writer = Archive(str(tmp_path)).writer(WHERE, 7)
    writer._file.close()
    writer._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - closed by abort
    with pytest.raises(HubError, match=r"ARCHIVE-WRITE.*No space left"):
        writer.add({}, PAGES[0], last=False)
    assert files(tmp_path) == {}


def test_a_missing_blob_is_corrupt(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    landing = landed(archive)
    (tmp_path / next(name for name in files(tmp_path) if "blobs" in name)).unlink()
    with pytest.raises(ArchiveCorrupt, match="FileNotFoundError"):
        list(archive.read(landing))


def test_appended_bytes_are_corrupt(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    landing = landed(archive)
    blob = tmp_path / next(name for name in files(tmp_path) if "blobs" in name)
    with blob.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ArchiveCorrupt, match="after the last page"):
        list(archive.read(landing))


def test_a_manifest_under_a_foreign_name_is_corrupt(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    landing = landed(archive)
    (tmp_path / landing.manifest).rename(tmp_path / "runs/H26/dossiers/2026-11-20/9.json")
    with pytest.raises(ArchiveCorrupt, match="foreign name"):
        archive.landing("runs/H26/dossiers/2026-11-20/9.json")


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_any_flipped_bit_anywhere_is_found(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    archive = Archive(str(folder))
    landing = landed(archive)
    held = files(folder)
    name = sorted(held)[at % len(held)]
    damaged = bytearray(held[name])
    damaged[at % len(damaged)] ^= 1 << bit
    (folder / name).write_bytes(damaged)
    with pytest.raises(ArchiveCorrupt):
        list(archive.read(landing))


def test_an_object_store_holds_the_same_files() -> None:
    archive = Archive("memory://landing")
    landing = landed(archive)
    assert [page for _, page, _ in archive.read(landing)] == list(PAGES)
    names = [name for name in fsspec.filesystem("memory").find("/landing") if "/tmp/" in name]
    assert names == []
