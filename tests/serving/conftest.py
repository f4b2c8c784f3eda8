"""What several tests of publication begin with: a line to the receiver, a signed form."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub.settings import Settings
from serving.service import Service
from tests.acceptance.nation import Sandbox
from tests.serving.publication import Receiver, audit_days, sign_nation
from warehouse.database import Connection, connect
from warehouse.signed import SignedForm


@pytest.fixture
def receiver(place: tuple[Sandbox, Settings], tmp_path: Path) -> Iterator[Receiver]:
    running = Receiver(place[0], tmp_path)
    yield running
    running.forget()


@pytest.fixture
def conn(unlanded: Service) -> Iterator[Connection]:
    with closing(connect(unlanded.url)) as conn:
        yield conn


@pytest.fixture
def form(conn: Connection) -> SignedForm:
    audit_days(conn)
    return sign_nation(conn)
