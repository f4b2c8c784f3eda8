"""grants: see migrations/sql/0005_grants.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0005_grants").replace("%", "%%"))
