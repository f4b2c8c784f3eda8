"""serving: see migrations/sql/0012_serving.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0012_serving").replace("%", "%%"))
