"""statistics_mart: see migrations/sql/0009_statistics_mart.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0009_statistics_mart").replace("%", "%%"))
