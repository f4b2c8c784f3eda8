"""ledger: see migrations/sql/0002_ledger.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0002_ledger").replace("%", "%%"))
