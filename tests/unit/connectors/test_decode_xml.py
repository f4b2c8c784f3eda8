"""BAD_INPUT rows 83 to 88: what an XML answer may hold, and what becomes of it."""

import hashlib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.decode import Body, KnownNames
from connectors.decode_xml import XmlDecoder
from connectors.format import XmlFormat
from connectors.xml_read import DEEPEST, LONGEST
from contracts.errors import ContractBroken, SourceError, SourceRefused, SourceUnavailable
from contracts.page import BrokenRow, Page
from contracts.source_map import SourceField, SourceMap

PATHS = ("code", "@id", "place.name", "place.@level")
URI = "urn:example:sessions"


def decoder(
    *paths: str,
    ignore: tuple[str, ...] = (),
    envelope: tuple[str, ...] = ("answer.total",),
    rows: str = "answer.items.item",
    message: bool = False,
) -> XmlDecoder:
    fields = {f"f{i}": SourceField(path=path) for i, path in enumerate(paths or PATHS)}
    found = SourceMap(fields=fields, ignore=ignore)
    shape = XmlFormat(type="xml", rows=rows, namespaces={"s": URI}, message=message)
    return XmlDecoder(found.paths, envelope, shape, KnownNames(found))


def decode(body: bytes | str, reader: XmlDecoder | None = None) -> Page:
    data = body if isinstance(body, bytes) else body.encode()
    (page,) = (reader or decoder()).pages(Body([data]))
    return page


def refused(body: bytes | str, reader: XmlDecoder | None = None) -> str:
    with pytest.raises(ContractBroken) as caught:
        decode(body, reader)
    assert "An Thị" not in str(caught.value)
    return caught.value.code


def answer(items: str, total: str = "1") -> str:
    return f"<answer><total>{total}</total><items>{items}</items></answer>"


ITEM = "<item id='7'><code>x</code><place level='2'><name>Huế</name></place></item>"


def test_kept_paths_become_columns_and_nothing_else_is_kept() -> None:
    person = "<person tax='1'><name>An Thị</name></person><note/>"
    page = decode(answer(f"{ITEM}<item><code/>{person}</item>", "2"), decoder(ignore=("person",)))
    assert page.columns == {
        "code": ["x", ""], "@id": ["7", None], "place.name": ["Huế", None],
        "place.@level": ["2", None],
    }  # fmt: skip
    assert (page.rows, page.envelope, page.unknown) == (
        2,
        {"answer.total": "2"},
        frozenset({"note"}),
    )
    assert "An Thị" not in repr(page)


def test_names_that_nobody_declared_are_told_once_without_what_is_below_them() -> None:
    items = "<item x='1' xml:lang='vi'><new a='1'><b/></new><place><kind/></place></item>" * 2
    page = decode(answer(items), decoder(ignore=("place.area*",)))
    assert page.unknown == {"@x", "new", "place.kind"}


def test_values_are_kept_as_received() -> None:
    value = " 01 &lt;a&gt;<![CDATA[ <b> ]]><!-- no --><?no no?>&#272; "
    page = decode(answer(f"<item><code>{value}</code></item>"))
    assert page.columns["code"] == [" 01 <a> <b> Đ "]


def test_an_element_that_says_it_is_nil_is_absent() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    page = decode(answer(f"<item><code {xsi} xsi:nil='true'/></item>"))
    assert (page.columns["code"], page.unknown) == ([None], frozenset())


def test_digest_and_size_are_of_the_bytes_as_received() -> None:
    data = b"\xef\xbb\xbf" + answer(ITEM).encode()
    page = decode(data)
    assert (page.size, page.digest) == (len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("body", ["", " \n", "<answer/>", "<answer><total>0</total></answer>"])
def test_an_answer_without_rows_is_a_page_of_none(body: str) -> None:
    assert decode(body).rows == 0


def test_a_document_of_another_root_is_refused() -> None:
    assert refused("<reply><items/></reply>") == "DRIFT-TYPE"


def test_a_value_that_comes_twice_or_holds_elements_breaks_its_row_alone() -> None:
    twice = "<item><code>a</code><code>b</code></item>"
    deep = "<item><code>a<b>c</b></code></item>"
    page = decode(answer(twice + ITEM + deep))
    assert page.columns["code"] == [None, "x", None]
    assert page.broken == (
        BrokenRow(0, "DRIFT-TYPE", "code more than once", "one value"),
        BrokenRow(2, "DRIFT-TYPE", "elements in code", "text"),
    )


def test_row_56_a_very_long_value_breaks_its_row_alone() -> None:
    long = f"<item><code>{'y' * (LONGEST + 1)}</code></item>"
    wide = f"<item id='{'y' * (LONGEST + 1)}'/>"
    page = decode(answer(long + wide + ITEM))
    assert [(flaw.row, flaw.code) for flaw in page.broken] == [(0, "TOO-LONG"), (1, "TOO-LONG")]
    assert page.columns["code"] == [None, None, "x"]


LAUGHS = (
    "<!DOCTYPE answer [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]>"
)
BLOWUP = f"<!DOCTYPE answer [<!ENTITY a '{'x' * 100_000}'>]>"
DOCTYPES = {
    "billion laughs": LAUGHS + answer("<item><code>&a9;</code></item>"),
    "laughs in an attribute": LAUGHS + "<answer x='&a9;'/>",
    "quadratic blow-up": BLOWUP + answer(f"<item><code>{'&a;' * 10_000}</code></item>"),
    "without entities": "<!DOCTYPE answer>" + answer(ITEM),
    "after a comment": "<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE answer>" + answer(ITEM),
}


@pytest.mark.parametrize("name", DOCTYPES)
def test_row_83_any_document_type_refuses_the_answer(name: str) -> None:
    assert refused(DOCTYPES[name]) == "XML-DTD"


def test_row_84_no_file_and_no_host_is_ever_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    uri = secret.as_uri()
    for declared in (
        f"<!DOCTYPE answer [<!ENTITY e SYSTEM '{uri}'>]>",
        f"<!DOCTYPE answer [<!ENTITY % p SYSTEM '{uri}'> %p;]>",
        f"<!DOCTYPE answer SYSTEM '{uri}'>",
        "<!DOCTYPE answer PUBLIC '-//x//y' 'http://127.0.0.1:9/x.dtd'>",
    ):
        assert refused(declared + answer("<item><code>&e;</code></item>")) == "XML-DTD"
    included = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{uri}" parse="text"/>'
    page = decode(answer(f"<item><code>a</code>{included}</item>{included}"))
    assert (page.columns["code"], page.unknown) == (["a"], frozenset({"include"}))


@pytest.mark.parametrize(
    "body",
    [
        answer(ITEM)[:-1],
        answer(ITEM)[:-20],
        answer(ITEM)[:30],
        "<",
        answer(ITEM) + "<more/>",
        answer(ITEM) + "x",
        answer("<item><code>&e;</code></item>"),
        answer("<item><code>a</kode></item>"),
        answer("<item id='1' id='2'/>"),
        "An Thị",
    ],
)
def test_row_85_xml_that_is_cut_or_not_whole_refuses_the_answer(body: str) -> None:
    assert refused(body) == "XML-SYNTAX"


def test_row_85_no_prefix_of_an_answer_is_taken_for_the_answer() -> None:
    data = answer(ITEM).encode()
    for end in range(1, len(data)):
        with pytest.raises(ContractBroken):
            decode(data[:end])


def test_row_86_depth_is_limited() -> None:
    inside = DEEPEST - 3  # answer, items and item stand above
    fits = "<a>" * inside + "</a>" * inside
    assert decode(answer(f"<item>{fits}</item>")).rows == 1
    assert refused(answer("<item>" + "<a>" * 200_000)) == "DEPTH"


@pytest.mark.parametrize(
    "body",
    [
        answer(f"<item id='{'y' * 20_000_000}'/>"),
        answer(f"<{'n' * 200_000}/>"),
        answer(f"<item><!--{'y' * 20_000_000}--></item>"),
    ],
    ids=["attribute", "name", "comment"],
)
def test_row_86_huge_parts_refuse_the_answer(body: str) -> None:
    assert refused(body) == "TOO-BIG"


@pytest.mark.parametrize(
    "body",
    [
        answer("<item><code>a\x01</code></item>"),
        answer("<item><code>&#1;</code></item>"),
        answer("<item><code>a\ufffe</code></item>"),
        answer("<item><code>?</code></item>").encode().replace(b"?", b"\xc4"),
        "<?xml version='1.0' encoding='utf-7'?>" + answer("+ADw-item+AD4-"),
        '<?xml version="1.0" encoding="windows-1258"?>' + answer(ITEM),
        "<?xml version='1.0' encoding='utf-16'?>" + answer(ITEM),
        answer(ITEM).encode("utf-16"),
        answer(ITEM).encode("utf-16-le"),
        answer(ITEM).encode("utf-32"),
        answer("<item><code>Đà Nẵng</code></item>").encode("utf-16-be"),
    ],
)
def test_row_87_control_characters_and_other_encodings_refuse_the_answer(body: bytes | str) -> None:
    assert refused(body) == "XML-ENC"


@pytest.mark.parametrize("declared", ["UTF-8", "utf-8", "Utf-8"])
def test_row_87_utf_8_may_be_declared(declared: str) -> None:
    page = decode(f'\ufeff<?xml version="1.0" encoding="{declared}"?>\r\n{answer(ITEM)}')
    assert page.columns["place.name"] == ["Huế"]


def test_row_88_prefixes_and_unnamed_namespaces_are_of_no_account() -> None:
    item = "<a:items><a:item id='7'><a:code>x</a:code></a:item></a:items>"
    for body in (
        f"<a:answer xmlns:a='{URI}'>{item}</a:answer>",
        f"<a:answer xmlns:a='urn:never:seen'>{item}</a:answer>",
        f"<answer xmlns:a='{URI}'>{item}</answer>",
        f"<a:answer>{item}</a:answer>",  # a prefix that nobody declares is none
        answer(ITEM).replace("<answer>", f"<answer xmlns='{URI}'>"),
    ):
        assert (decode(body).columns["code"], decode(body).columns["@id"]) == (["x"], ["7"])


def test_row_88_a_namespace_that_a_path_names_is_compared_by_its_uri() -> None:
    reader = decoder(
        "s:code", "other", rows="s:answer.s:items.s:item", envelope=("s:answer.total",)
    )
    body = (
        f"<x:answer xmlns:x='{URI}' xmlns:s='urn:other'><x:items><x:item>"
        "<s:code>wrong</s:code><x:code>right</x:code></x:item>"
        "<s:item><x:code>no</x:code></s:item></x:items></x:answer>"
    )
    page = decode(body, reader)
    assert (page.columns["s:code"], page.unknown) == (["right"], frozenset({"code"}))


SOAP_11, SOAP_12 = (
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope",
)


def fault_11(code: str) -> str:
    return (
        f"<e:Envelope xmlns:e='{SOAP_11}'><e:Body><e:Fault><faultcode>{code}</faultcode>"
        "<faultstring>An Thị không được phép</faultstring></e:Fault></e:Body></e:Envelope>"
    )


def fault_12(code: str) -> str:
    return (
        f"<e:Envelope xmlns:e='{SOAP_12}'><e:Body><e:Fault><e:Code><e:Value>{code}</e:Value>"
        "<e:Subcode><e:Value>x:An</e:Value></e:Subcode></e:Code><e:Reason><e:Text>An Thị</e:Text>"
        "</e:Reason></e:Fault></e:Body></e:Envelope>"
    )


@pytest.mark.parametrize(
    ("body", "kind", "code", "seen"),
    [
        (fault_11("e:Server"), SourceUnavailable, "SOAP-FAULT", "Server"),
        (fault_11("e:Server.Busy"), SourceUnavailable, "SOAP-FAULT", "Server"),
        (fault_12("e:Receiver"), SourceUnavailable, "SOAP-FAULT", "Receiver"),
        (fault_11("e:Client"), SourceRefused, "SOAP-FAULT", "Client"),
        (fault_12("e:Sender"), SourceRefused, "SOAP-FAULT", "Sender"),
        (fault_11("e:VersionMismatch"), SourceRefused, "SOAP-FAULT", "VersionMismatch"),
        (fault_11("wsse:FailedAuthentication"), SourceRefused, "AUTH", "FailedAuthentication"),
        (fault_11(""), SourceRefused, "SOAP-FAULT", ""),
    ],
)
def test_row_23_a_fault_is_raised_by_who_must_act_and_its_words_are_not_told(
    body: str, kind: type[SourceError], code: str, seen: str
) -> None:
    reader = decoder(rows="Envelope.Body.answer.items.item", envelope=())
    with pytest.raises(kind) as caught:
        decode(body, reader)
    assert (caught.value.code, caught.value.seen, "An" in str(caught.value)) == (code, seen, False)


def test_one_message_is_one_row_and_a_broken_one_a_broken_row() -> None:
    reader = decoder(rows="answer.items", message=True, envelope=())
    bad = {
        answer("")[:-3]: "XML-SYNTAX",
        "<!DOCTYPE a>" + answer(""): "XML-DTD",
        answer("\x01"): "XML-ENC",
        "<answer/>": "DRIFT-TYPE",
    }
    for body, code in bad.items():
        page = decode(body, reader)
        assert (page.rows, [flaw.code for flaw in page.broken]) == (1, [code])
        assert page.columns == {path: [None] for path in PATHS}
        assert page.digest == hashlib.sha256(body.encode()).hexdigest()
    assert decode(answer(""), reader).broken == ()


def test_a_broken_message_is_read_to_its_end() -> None:
    chunks = [b"<!DOCTYPE a>" + b" " * 2000, b"<a>" + b" " * 100_000, b"</a>"]
    (page,) = decoder(message=True).pages(Body(chunks))
    assert page.digest == hashlib.sha256(b"".join(chunks)).hexdigest()


def test_a_long_answer_comes_in_blocks_and_nothing_of_it_is_held() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"<answer><total>40000</total><items>"
        for number in range(40_000):
            yield f"<item id='{number}'><code>{number}</code><file>{'A' * 2000}</file></item>".encode()
        yield b"</items></answer>"

    tracemalloc.start()
    numbers, sizes, last = [], [], None
    for page in decoder(ignore=("file",)).pages(Body(chunks())):
        numbers += [int(str(value)) for value in page.columns["code"]]
        sizes.append(page.rows)
        last = page
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert numbers == list(range(40_000))
    assert (max(sizes) < 5_100, peak < 30_000_000) == (True, True)
    assert last
    assert (last.envelope, last.size > 80_000_000) == ({"answer.total": "40000"}, True)


def test_a_dot_that_belongs_to_a_name_is_written_with_a_backslash() -> None:
    page = decode(answer("<item><place.name>x</place.name></item>"), decoder(r"place\.name"))
    assert page.columns == {r"place\.name": ["x"]}


def test_namespaces_without_end_are_not_remembered() -> None:
    items = "".join(f"<item xmlns='urn:{n}'><code>{n}</code></item>" for n in range(3000))
    reader = decoder()
    assert decode(answer(items), reader).columns["code"] == [str(n) for n in range(3000)]
