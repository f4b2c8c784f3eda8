-- name: cursor
-- purpose: how far incremental feeds are read (docs/adr/0006-cursor-moves-with-the-commit.md)
SET LOCAL ROLE hub_owner;

-- One row per partition of an incremental feed that shows rows: its pull began at since and read
-- up to value, which the source gave and nobody else can read. Written by the load transaction
-- alone. By day the rows are a chain: each begins where the one before it ended.
CREATE TABLE ledger.cursor (
    agency_code text COLLATE "C" NOT NULL,
    feed text COLLATE "C" NOT NULL,
    day date NOT NULL,
    since text NOT NULL,
    value text NOT NULL,
    run_id bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (agency_code, feed, day)
);

GRANT SELECT ON ledger.cursor TO hub_loader, hub_operator, hub_auditor;
GRANT INSERT, UPDATE ON ledger.cursor TO hub_loader;
RESET ROLE;
