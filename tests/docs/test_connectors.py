"""docs/connectors.md and the models of the files name the same keys, kinds and options."""

from typing import get_args

import pytest
from pydantic import BaseModel

from connectors.agency import Agency, FeedSource
from connectors.connection import Connection
from connectors.format import CsvFormat, Footer, Format, NdjsonFormat, SheetFormat
from connectors.kind import _SHIPPED, find_kind
from connectors.login_options import Auth
from connectors.system import System
from tests.docs.page import first_cells, page, sections

PAGE = sections(page("connectors.md"))
KINDS = sections(PAGE["Kiểu truy cập · Kinds"], "###")
AGENCY, FEED = PAGE["Tệp đơn vị · Agency file"].split("### Một luồng · One feed")
SYSTEM, LOGIN = PAGE["Tệp hệ thống · System file"].split("### Đăng nhập · Login")
FORMATS = sections(PAGE["Dạng dữ liệu · Formats"], "###")
TABLES: dict[str, tuple[str, type[BaseModel]]] = {
    "agency": (AGENCY, Agency),
    "feed": (FEED, FeedSource),
    "system": (SYSTEM, System),
    "csv": (FORMATS["csv"], CsvFormat),
    "sheet": (FORMATS["sheet"], SheetFormat),
    "total line": (FORMATS["Dòng tổng · Total lines"], Footer),
    "connection": (PAGE["Tệp kết nối · Connections"], Connection),
}
FORMAT_MODELS = get_args(get_args(Format)[0])


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_exactly_the_keys_of_its_file(name: str) -> None:
    text, model = TABLES[name]
    common = set(NdjsonFormat.model_fields) if model in FORMAT_MODELS else set()
    assert sorted(first_cells(text)) == sorted(set(model.model_fields) - common)


def test_every_format_stands_on_the_page() -> None:
    text = PAGE["Dạng dữ liệu · Formats"]
    types = [get_args(kind.model_fields["type"].annotation)[0] for kind in FORMAT_MODELS]
    assert [name for name in types if f"`{name}`" not in text] == []


def test_every_login_stands_on_the_page() -> None:
    schemes = [kind.model_fields["scheme"].annotation for kind in get_args(get_args(Auth)[0])]
    assert sorted(first_cells(LOGIN)) == sorted(name for s in schemes for name in get_args(s))


def test_every_kind_has_a_section() -> None:
    told = [name for name in KINDS if name in _SHIPPED or name.isidentifier()]
    assert sorted(told) == sorted(_SHIPPED)


@pytest.mark.parametrize("kind", _SHIPPED)
def test_a_section_names_exactly_the_options_of_its_kind(kind: str) -> None:
    assert sorted(first_cells(KINDS[kind])) == sorted(find_kind(kind).Options.model_fields)
