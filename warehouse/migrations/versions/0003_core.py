"""core: see migrations/sql/0003_core.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0003_core").replace("%", "%%"))
