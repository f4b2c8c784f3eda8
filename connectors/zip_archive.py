"""ZIP archives, looked over before anything of them is unpacked."""

import io
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from contracts.errors import ContractBroken

_MEMBERS = 1_000
_RATIO = 200
"""Unpacked over packed size; sheets of the same few words reach 60, deflate at its limit 1,032."""
_SMALL = 8 * 2**20
"""No harm in any ratio below."""
_CHUNK = 256 * 1024
_LINK = 0o120000
_NESTED = (".zip", ".rar", ".7z", ".gz", ".xz", ".bz2", ".tar", ".jar")
_LOCKED = 0x1


def open_archive(data: bytes, most: int) -> ZipFile:
    """Return an archive whose members may be unpacked: at most ``most`` bytes in all.

    Raises:
        ContractBroken: FORMAT (no archive), ZIP-BOMB or ZIP-UNSAFE.
    """
    try:
        archive = ZipFile(io.BytesIO(data))
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise ContractBroken(
            "The answer is no archive", code="FORMAT", seen=type(error).__name__, allowed="ZIP"
        ) from None
    members = archive.infolist()
    _check_sizes(members, len(data), most)
    names = [member.filename.replace("\\", "/").lower() for member in members]
    for member in members:
        if reason := _danger(member):
            raise _unsafe(reason)
    if len(set(names)) < len(names):
        raise _unsafe("a name twice")
    return archive


def _check_sizes(members: list[ZipInfo], packed: int, most: int) -> None:
    whole = sum(member.file_size for member in members)
    too_dense = whole > _SMALL and whole > _RATIO * packed
    if len(members) > _MEMBERS or whole > most or too_dense:
        raise ContractBroken(
            "The archive would unpack to more than it may",
            code="ZIP-BOMB",
            seen=f"{len(members)} members, {packed} bytes packed, {whole} unpacked",
            allowed=f"{_MEMBERS} members, {most} bytes, {_RATIO} times its size",
        )


def _danger(member: ZipInfo) -> str:
    """Return what is wrong with a member, empty where nothing is."""
    name = member.orig_filename.replace("\\", "/")
    if name.startswith("/") or ":" in name.split("/")[0] or "\0" in name:
        return "an absolute path"
    if ".." in PurePosixPath(name).parts:
        return "a path out of the archive"
    if (member.external_attr >> 16) & 0o170000 == _LINK:
        return "a link"
    if member.flag_bits & _LOCKED:
        return "a locked member"
    if member.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return "an unusual way of packing"
    return "an archive in the archive" if name.lower().endswith(_NESTED) else ""


def _unsafe(reason: str) -> ContractBroken:
    return ContractBroken("The archive is not safe to unpack", code="ZIP-UNSAFE", seen=reason)


def unpack(archive: ZipFile, member: ZipInfo | str) -> Iterator[bytes]:
    """Yield the bytes of a member; never more than its entry declares.

    Raises:
        ContractBroken: ZIP-UNSAFE, the member is not what its entry says.
    """
    try:
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        raise _unsafe(f"a damaged member: {type(error).__name__}") from None
