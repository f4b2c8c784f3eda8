"""mart: see migrations/sql/0004_mart.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0004_mart").replace("%", "%%"))
