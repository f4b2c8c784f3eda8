"""``hub init``: make a warehouse ready; harmless where it is ready already."""

from contextlib import closing

import click

from hub.cli import shell
from warehouse.database import connect, migrate
from warehouse.dimension import sync_dimensions


@click.command()
def init() -> None:
    """Tạo bảng, nạp danh mục; chạy lại bao nhiêu lần cũng được / idempotent."""
    url = shell.url()
    migrate(url)
    with closing(connect(url)) as conn:
        sync_dimensions(conn)
    click.echo("Kho dữ liệu đã sẵn sàng / the warehouse is ready")
    click.echo("Bước tiếp / next: hub doctor", err=True)
