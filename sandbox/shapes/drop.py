"""Daily CSV drops: dossiers as a report system exports them, documents as an axis does."""

from functools import lru_cache

from sandbox.agency import Agency
from sandbox.catalogue import catalogue
from sandbox.frame import Frame
from sandbox.nation import Day
from sandbox.person import people
from sandbox.shapes.axis import Movements, movements
from sandbox.shapes.one_stop import CHANNEL_LABELS, level_label, status_label, unit_code
from sandbox.shapes.row import dossier_rows
from sandbox.spell import VIETNAMESE

DOSSIER_HEADER = (
    "Mã hồ sơ,Mã TTHC,Mã đơn vị,Trạng thái,Kênh,Đối tượng,Mức độ,Ngày nộp,Ngày tiếp nhận,"
    "Ngày hẹn trả,Ngày xong,Ngày trả,Cập nhật,Thanh toán trực tuyến,Mã xã,Chủ hồ sơ,Địa chỉ"
)
DOCUMENT_HEADER = (
    "DocumentId;Direction;From;To;TypeName;BusinessType;StatusCode;Priority;Timestamp;"
    "PromulgationDate;Subject;Signer"
)
APPLICANT_LABELS = ("Người dân", "Doanh nghiệp", "Cơ quan nhà nước", "Tổ chức khác")


class _Fragments:
    def __init__(self, agency: Agency) -> None:
        lists = catalogue(agency)
        self.procedure = [row["full"] for row in lists.spelled_procedures]
        self.unit = [unit_code(unit, agency) for unit in lists.spelled_units]
        self.codes = tuple(unit.code for unit in lists.units)
        self.commune = [code for code, _ in lists.communes]


_fragments = lru_cache(maxsize=512)(_Fragments)


@lru_cache(maxsize=1)
def _owners() -> list[str]:
    return [f'{p.name},"{p.street}, tổ {p.number % 40 + 1}"' for p in people()]


def dossier_lines(day: Day, frame: Frame) -> list[str]:
    """Return one CSV line per row of the frame, without newline."""
    parts, owners = _fragments(day.agency), _owners()
    level = {n: level_label(n, day.agency.code, day.day) for n in range(1, 5)}
    label = {n: status_label(n) for n in set(frame["status"].tolist())}
    rows = dossier_rows(frame, parts.codes, VIETNAMESE)
    return [
        f"{code},{parts.procedure[procedure]},{parts.unit[unit]},{label[status]},"
        f"{CHANNEL_LABELS[channel - 1]},{APPLICANT_LABELS[kind - 1]},{level[tier]},{applied},"
        f"{accepted},{due},{completed},{returned},{updated},{'Có' if paid == 1 else 'Không'},"
        f"{parts.commune[commune]},{owners[person]}"
        for (
            code, status, kind, procedure, tier, unit, channel, paid, commune, person,
            applied, accepted, due, completed, returned, updated,
        ) in rows
    ]  # fmt: skip


def document_lines(day: Day, frame: Frame) -> list[str]:
    """Return one CSV line per movement, without newline."""
    return [_document(m) for m in movements(day, frame)]


def _document(m: Movements) -> str:
    direction = "sent" if m.is_sent else "received"
    return (
        f"{m.document_id};{direction};{m.sender};{m.receiver};{m.type_name};{m.business};"
        f"{m.status};{m.priority};{m.moved};{m.issued};{m.subject};{m.signer}"
    )
