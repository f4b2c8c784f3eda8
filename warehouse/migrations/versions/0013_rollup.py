"""rollup: see migrations/sql/0013_rollup.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0013_rollup").replace("%", "%%"))
