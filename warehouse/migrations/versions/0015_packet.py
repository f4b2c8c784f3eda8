"""packet: see migrations/sql/0015_packet.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0015_packet").replace("%", "%%"))
