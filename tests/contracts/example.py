"""Examples beside a contract, judged as a source would send them: fields under their own names."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

from contracts.batch import History
from contracts.code_list import CodeLists
from contracts.judge import Judge
from contracts.model import Contract, feeds, folder, load_contract, names, versions
from contracts.page import Page
from contracts.partition import Partition
from contracts.source_map import SourceField, SourceMap
from contracts.verdict import Judged


@dataclass(frozen=True)
class Example:
    contract: Contract
    kind: str
    file: str
    content: Mapping[str, Any]

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = self.content["rows"]
        return rows if self.kind == "accept" else [r["row"] for r in rows]

    @property
    def partition(self) -> Partition:
        day = date.fromisoformat(self.content["day"])
        return Partition(self.content["agency"], self.contract.feed, day)

    def judge(self) -> Judged:
        return judge_rows(
            self.contract, self.rows, self.partition, self.content.get("declared", {})
        )

    def __str__(self) -> str:
        return f"{self.contract.id}/{self.kind}/{self.file}"


def contracts() -> Iterator[Contract]:
    for feed in feeds():
        for name in names(feed):
            for version in versions(feed, name):
                yield load_contract(feed, name, version)


def place(contract: Contract) -> Traversable:
    return folder(contract.feed, contract.name, contract.version)


def examples(kind: str) -> Iterator[Example]:
    for contract in contracts():
        for file in sorted(place(contract).joinpath("examples", kind).iterdir(), key=str):
            text = file.read_text(encoding="utf-8")
            # as the decoders do: a fraction stays the text it was
            content = json.loads(text, parse_float=str)
            yield Example(contract, kind, file.name, content)


def own_map(contract: Contract, **fields: SourceField) -> SourceMap:
    plain = {f.name: SourceField(path=f.name) for f in contract.fields}
    return SourceMap(fields={**plain, **fields})


def page_of(contract: Contract, rows: Sequence[Mapping[str, Any]]) -> Page:
    columns = {f.name: [row.get(f.name) for row in rows] for f in contract.fields}
    return Page(rows=len(rows), columns=columns)


def judge_rows(
    contract: Contract,
    rows: Sequence[Mapping[str, Any]],
    partition: Partition,
    declared: Mapping[str, int],
    source_map: SourceMap | None = None,
    history: History | None = None,
) -> Judged:
    lists = CodeLists.load(partition.day)
    judge = Judge(contract, source_map or own_map(contract), partition, lists, history)
    judge.page(page_of(contract, rows))
    return judge.close(declared)
