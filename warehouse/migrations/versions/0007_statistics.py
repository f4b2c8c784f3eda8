"""statistics: see migrations/sql/0007_statistics.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0007_statistics").replace("%", "%%"))
