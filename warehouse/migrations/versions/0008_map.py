"""map: see migrations/sql/0008_map.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0008_map").replace("%", "%%"))
