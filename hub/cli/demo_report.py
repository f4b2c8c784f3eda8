"""What the demo prints at its end: the nation beside published figures, and what is not well."""

from collections import Counter

import click

from hub.cli import paper, shell
from hub.cli.demo_nation import DONE, Nation
from hub.expected import expect_days
from hub.published import COUNTED, count, published_figures
from warehouse.figures import NationalTable, PartitionState, national_table


def report(nation: Nation, *, scale: float, refused: int, audited: str) -> bool:
    """Print the end of a nation-day; return whether everything that was owed is there."""
    with shell.desk() as desk:
        expect_days(desk, nation.day, nation.day, shell.now())
        table = national_table(desk.conn(), nation.day, nation.day)
    _print_national(table, scale)
    _print_balance(table)
    is_whole = _print_states(nation)
    click.echo(f"Ngày hỏng đã chữa / refused, then healed: {paper.number(refused)}")
    click.echo(f"Kiểm định / audit: {audited}, {nation.machine.settings.docs_folder}/index.html")
    return is_whole and audited == "success"


def _print_national(table: NationalTable, scale: float) -> None:
    lines = [
        [
            figure.label_vi,
            paper.number(count(table, figure.measure)),
            paper.decimal(figure.value),
            f"{figure.first:%d/%m/%Y} – {figure.last:%d/%m/%Y}",
            figure.document,
        ]
        for figure in published_figures()
        if figure.measure in COUNTED
    ]
    day = f"{table.first_day:%d/%m/%Y}"
    heads = ["Chỉ tiêu", f"Ngày {day}", "Đã công bố", "cho những ngày", "TL"]
    paper.print_table("Cả nước bên số đã công bố / beside the published figures", heads, lines)
    share = f"{scale:g}".replace(".", ",")
    click.echo(
        f"Một ngày, hộp cát cỡ {share}; `hub demo --scale 1` dựng lại đúng các số đã công bố"
        " / scale 1 reproduces the published figures\n"
    )


def _print_balance(table: NationalTable) -> None:
    lines = []
    for feed, b in table.balance.items():
        covered = table.coverage[feed]
        lines.append(
            [
                feed,
                *map(paper.number, (b.received, b.loaded, b.quarantined, b.duplicates)),
                "khớp" if b.is_balanced else "LỆCH",
                f"{covered.covered}/{covered.expected}",
            ]
        )
    heads = ["Luồng", "Nhận", "= Nạp", "+ Cách ly", "+ Trùng", "Cân bằng", "Đơn vị"]
    paper.print_table(f"Cân bằng ngày {table.first_day:%d/%m/%Y} / balance", heads, lines)


def _print_states(nation: Nation) -> bool:
    """Name every partition that is not there, and every one whose rows do not add up."""
    asked = [*nation.expected(), *nation.failing()]
    known = nation.states(asked)
    counted = Counter(known[p].state if p in known else "missing" for p in asked)
    told = ", ".join(f"{state} {paper.number(n)}" for state, n in sorted(counted.items()))
    click.echo(f"Phần phải có / partitions owed: {paper.number(len(asked))} = {told}")
    absent = sorted(p for p in asked if p not in known or known[p].state not in DONE)
    for partition in absent:
        click.echo(f"  ✕ {partition}: {_why(known.get(partition))}")
    leaking = sorted(
        p for p, s in known.items() if s.received != s.loaded + s.quarantined + s.duplicates
    )
    for partition in leaking:
        click.echo(f"  ✕ {partition}: nhận ≠ nạp + cách ly + trùng / rows are missing")
    return not absent and not leaking


def _why(state: PartitionState | None) -> str:
    return f"{state.state} [{state.last_code}] {state.last_message}" if state else "missing"
