"""roles: see migrations/sql/0001_roles.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0001_roles").replace("%", "%%"))
