"""Alembic's entry: one transaction per migration, one migrating caller at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

LOCK = 0x6875625F6D696772
"""Advisory lock key (``hub_migr``)."""


def upgrade() -> None:
    """Run the missing migrations on the address that the caller put into the config."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        context.configure(connection=connection)
        context.run_migrations()


upgrade()
