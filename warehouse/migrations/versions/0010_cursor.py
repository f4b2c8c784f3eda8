"""cursor: see migrations/sql/0010_cursor.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0010_cursor").replace("%", "%%"))
