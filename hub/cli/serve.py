"""``hub serve``: pages, open data, SDMX and forms over HTTP."""

import click

from hub.cli import shell


@click.command()
@click.option("--host", help="Địa chỉ nghe / where to listen; default HUB_SERVE_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="Cổng / port; HUB_SERVE_PORT.")
@click.option(
    "--workers",
    type=click.IntRange(1, 32),
    default=1,
    show_default=True,
    help="Số tiến trình / processes.",
)
def serve(*, host: str | None, port: int | None, workers: int) -> int:
    """Mở các trang, dữ liệu mở và biểu báo cáo / pages, open data and forms.

    Ngoài máy này phải có proxy nhận biết người dùng / beyond this machine a proxy must name people.
    """
    from serving.server import serve_http  # noqa: PLC0415 - a second of import --help need not pay

    settings = shell.settings()
    asked = {"serve_host": host or settings.serve_host}
    asked["serve_port"] = settings.serve_port if port is None else port  # type: ignore[assignment]
    return serve_http(settings.model_copy(update=asked), shell.url(), workers=workers)
