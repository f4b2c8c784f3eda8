"""Dossiers and payments as a national-portal-like session service gives them: all text."""

from functools import lru_cache

from sandbox.agency import Agency
from sandbox.catalogue import catalogue
from sandbox.dirt import DECOMPOSED
from sandbox.frame import Frame
from sandbox.nation import Day
from sandbox.payment import BANKS, KINDS, METHODS, PARTNERS, STATUSES
from sandbox.person import SUBJECT_MARK, people
from sandbox.shapes.one_stop import compact
from sandbox.shapes.row import dossier_rows, payment_rows
from sandbox.spell import COMPACT

PAYMENT_KINDS = (*KINDS, "KHAC")
PAYMENT_STATUSES = (*STATUSES, "khong-ro")


class _Fragments:
    """JSON fragments of an agency, rendered once."""

    def __init__(self, agency: Agency) -> None:
        lists = catalogue(agency)
        self.procedure = [
            f'"MaTTHC":{compact(row["full"])},"TenTTHC":{compact(row["name"])},'
            f'"MaLinhVuc":"{row["sector_code"]}",'
            for row in lists.spelled_procedures
        ]
        self.paid_procedure = [
            f'"MaTTHC":{compact(row["full"])},' for row in lists.spelled_procedures
        ]
        self.unit = [
            f'"MaDonViXuLy":"{u.code}","DonViXuLy":{compact(u.name)},' for u in lists.spelled_units
        ]
        self.unit_code = [u.code for u in lists.spelled_units]
        self.codes = tuple(unit.code for unit in lists.units)
        self.commune = [code for code, _ in lists.communes]


_fragments = lru_cache(maxsize=512)(_Fragments)


@lru_cache(maxsize=1)
def _owners() -> list[str]:
    return [
        f'"ChuHoSo":"{p.name}","MaDoiTuong":"{p.identity}","Email":"{p.mail}",'
        f'"SoDienThoai":"{p.phone}","TrichYeuHoSo":"{SUBJECT_MARK}: hồ sơ của {p.name}",'
        for p in people()
    ]


@lru_cache(maxsize=1)
def _payers() -> list[str]:
    return [
        f'"HoTenNguoiNop":"{p.name}","SoCMNDNguoiNop":"{p.identity}",'
        f'"DiaChiNguoiNop":"{p.street}","TKThuHuong":"{p.account}"}}'
        for p in people()
    ]


def dossier_lines(day: Day, frame: Frame) -> list[str]:
    """Return one JSON record of LayDanhSachHoSo per row, without separators."""
    parts, owners = _fragments(day.agency), _owners()
    rows = dossier_rows(frame, parts.codes, COMPACT)
    return [
        f'{{"MaHoSo":"{code}",{parts.procedure[procedure]}"KenhThucHien":"{channel}",'
        f'{owners[person]}"LoaiDoiTuong":"{kind}","NgayNopHoSo":"{applied}",'
        f'"NgayTiepNhan":"{accepted}","NgayHenTra":"{due}","TrangThaiHoSo":"{status % DECOMPOSED}",'
        f'"NgayTra":"{returned}","NgayKetThucXuLy":"{completed}","NgayCapNhat":"{updated}",'
        f'{parts.unit[unit]}"MucDo":"{tier}","DuocThanhToanTrucTuyen":"{paid}",'
        f'"MaXa":"{parts.commune[commune]}"}}'
        for (
            code, status, kind, procedure, tier, unit, channel, paid, commune, person,
            applied, accepted, due, completed, returned, updated,
        ) in rows
    ]  # fmt: skip


def payment_lines(day: Day, frame: Frame) -> list[str]:
    """Return one JSON record of LayDanhSachThanhToan per row, without separators."""
    parts, payers = _fragments(day.agency), _payers()
    rows = payment_rows(frame, parts.codes, COMPACT)
    agency = day.agency.code
    return [
        f'{{"MaDoiTac":"{PARTNERS[partner]}","MaThamChieu":"{agency}-{born}-{index + 1:06d}",'
        f'"MaGiaoDich":"GD{born}{index + 1:08d}","MaHoSo":"{code}",'
        f"{parts.paid_procedure[procedure]}"
        f'"MaDonVi":"{parts.unit_code[unit]}","LoaiNghiaVu":"{PAYMENT_KINDS[kind]}",'
        f'"SoTien":"{amount}","Phi":"{fee}","LePhi":"{charge}",'
        f'"TrangThaiGD":"{PAYMENT_STATUSES[status]}","HinhThucThanhToan":"{METHODS[method]}",'
        f'"MaNganHang":"{BANKS[bank]}","ThoiGianGD":"{paid}",{payers[person]}'
        for (
            code, born, paid, partner, index, procedure, unit, kind, amount, fee, charge, status,
            method, bank, person,
        ) in rows
    ]  # fmt: skip
