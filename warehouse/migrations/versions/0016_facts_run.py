"""facts_run: see migrations/sql/0016_facts_run.sql."""

from alembic import op

from warehouse.migrations import script

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL file; there is no way back but a restored backup."""
    op.get_bind().exec_driver_sql(script("0016_facts_run").replace("%", "%%"))
