"""The command ``hub``: names its verbs, loads one when it is called, turns errors into exits."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from contracts.errors import HubError
from hub.cli import failure

VERBS = {
    "init": "hub.cli.init:init",
    "doctor": "hub.cli.doctor:doctor",
    "demo": "hub.cli.demo:demo",
    "agency": "hub.cli.agency:agency",
    "contract": "hub.cli.contract:contract",
    "check": "hub.cli.check:check",
    "run": "hub.cli.run:run",
    "backfill": "hub.cli.backfill:backfill",
    "replay": "hub.cli.replay:replay",
    "status": "hub.cli.status:status",
    "quarantine": "hub.cli.quarantine:quarantine",
    "explain": "hub.cli.explain:explain",
    "report": "hub.cli.report:report",
    "figures": "hub.cli.figures:figures",
    "audit": "hub.cli.audit:audit",
    "publish": "hub.cli.publish:publish",
    "serve": "hub.cli.serve:serve",
    "key": "hub.cli.key:key",
    "verify": "hub.cli.verify:verify",
    "database": "hub.cli.database:database",
}
"""Verb -> module and command, in the order of a working day."""

SUMMARIES = {
    "init": "Tạo cơ sở dữ liệu, nạp danh mục / create tables, load dimensions",
    "doctor": "Khám môi trường / check the environment, with the next step for each finding",
    "demo": "Chạy thử cả nước / a nation to try it on",
    "agency": "Đơn vị: danh sách, chi tiết, kiểm tra / agencies: list, show, check",
    "contract": "Hợp đồng dữ liệu: nội dung, thay đổi, lệch cấu trúc / data contracts, drift",
    "check": "Kéo thử và chấm, không nạp / dry pull and judge, no load",
    "run": "Nạp một ngày của một luồng / load one partition",
    "backfill": "Chạy bù nhiều ngày, in kế hoạch trước / re-run a range, plan first",
    "replay": "Chạy lại từ kho gốc, không cần mạng / re-run from the archive, no network",
    "status": "Độ đầy đủ: đơn vị x ngày / completeness matrix",
    "quarantine": "Bản ghi bị cách ly / quarantined rows",
    "explain": "Vì sao một ngày ở trạng thái này / why a partition is as it is",
    "report": "Biểu báo cáo II.06a / official form",
    "figures": "Số liệu cả nước bên số đã công bố / national figures beside the published ones",
    "audit": "Kiểm định bằng Great Expectations / audit a day, write its pages",
    "publish": "Gửi biểu đã ký đến Hệ thống báo cáo quốc gia / packets from signed forms",
    "serve": "Mở các trang và dữ liệu / pages, forms and open data over HTTP",
    "key": "Khóa của hệ thống: tạo, liệt kê, thu hồi / keys of systems",
    "verify": "Đối chiếu toàn kho / marts, balances and archive digests hold",
    "database": "Máy chủ PostgreSQL kèm theo / the embedded server",
}


class Verbs(click.Group):
    """A group that imports a verb only when that verb is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of a working day."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one verb."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module, name = VERBS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the summaries without importing any verb."""
        del ctx
        with formatter.section("Lệnh / commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="lien-thong", prog_name="hub")
def hub() -> None:
    """Liên thông: mỗi (đơn vị, luồng, ngày) được nạp đúng một lần, trọn vẹn, giải thích được.

    Every (agency, feed, day) is loaded exactly once, whole, explainable.
    """


def invoke(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; a failure is told on stderr."""
    try:
        result = hub.main(list(arguments), prog_name="hub", standalone_mode=False)
    except click.ClickException as usage:
        return failure.tell_usage(usage)
    except HubError as error:
        return failure.tell(error, arguments)
    except (KeyboardInterrupt, click.Abort):
        return failure.tell_interrupt(arguments)
    except BrokenPipeError:
        # The reader of a pipe left (`hub status | head`); nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0


def main() -> None:
    """Run the command line of this process."""
    sys.exit(invoke(sys.argv[1:]))


if __name__ == "__main__":
    main()
