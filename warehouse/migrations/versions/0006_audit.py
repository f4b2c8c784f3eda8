"""audit: see migrations/sql/0006_audit.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0006_audit").replace("%", "%%"))
