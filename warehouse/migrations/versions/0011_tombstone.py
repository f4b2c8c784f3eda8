"""tombstone: see migrations/sql/0011_tombstone.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0011_tombstone").replace("%", "%%"))
