-- name: ledger
-- purpose: who tried which partition when, what came of it, and which run a partition shows
SET LOCAL ROLE hub_owner;
CREATE SCHEMA ledger;

-- One row per attempt at a partition; its identity value is the fencing token.
CREATE TABLE ledger.run (
    run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_code text COLLATE "C" NOT NULL,
    feed text COLLATE "C" NOT NULL,
    day date NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (
        state IN ('running', 'loaded', 'unchanged', 'rejected', 'failed', 'superseded')
    ),
    contract text NOT NULL,
    reason text NOT NULL DEFAULT '',
    code text NOT NULL DEFAULT '',
    message text NOT NULL DEFAULT '',
    violations jsonb NOT NULL DEFAULT '[]',
    manifest text NOT NULL DEFAULT '',
    content_digest text NOT NULL DEFAULT '',
    page_count integer NOT NULL DEFAULT 0,
    received_bytes bigint NOT NULL DEFAULT 0,
    received_count bigint NOT NULL DEFAULT 0,
    loaded_count bigint NOT NULL DEFAULT 0,
    quarantined_count bigint NOT NULL DEFAULT 0,
    duplicate_count bigint NOT NULL DEFAULT 0,
    normalised_count bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    landed_at timestamptz,
    ended_at timestamptz,
    CHECK ((state = 'running') = (ended_at IS NULL)),
    CHECK (
        state NOT IN ('loaded', 'unchanged')
        OR received_count = loaded_count + quarantined_count + duplicate_count
    )
);
CREATE INDEX run_partition ON ledger.run (agency_code, feed, day, run_id DESC);
CREATE INDEX run_day ON ledger.run (day, feed);
CREATE INDEX run_running ON ledger.run (started_at) WHERE state = 'running';

-- One row per partition that anybody tried to load: which run it shows.
-- applied: newest token that was applied; facts_run: run whose rows lie in core (an unchanged
-- run moves only applied).
CREATE TABLE ledger.head (
    agency_code text COLLATE "C" NOT NULL,
    feed text COLLATE "C" NOT NULL,
    day date NOT NULL,
    applied bigint NOT NULL DEFAULT 0,
    facts_run bigint NOT NULL DEFAULT 0,
    contract text NOT NULL DEFAULT '',
    content_digest text NOT NULL DEFAULT '',
    received_count bigint NOT NULL DEFAULT 0,
    loaded_count bigint NOT NULL DEFAULT 0,
    quarantined_count bigint NOT NULL DEFAULT 0,
    duplicate_count bigint NOT NULL DEFAULT 0,
    applied_at timestamptz,
    PRIMARY KEY (agency_code, feed, day)
) WITH (fillfactor = 80);
CREATE INDEX head_day ON ledger.head (day, feed);

-- One row per agency and feed: held while marts that look across days are maintained.
CREATE TABLE ledger.series (
    agency_code text COLLATE "C" NOT NULL,
    feed text COLLATE "C" NOT NULL,
    PRIMARY KEY (agency_code, feed)
);

-- One row per partition that must exist; filled by the hub from its registry.
CREATE TABLE ledger.expected (
    agency_code text COLLATE "C" NOT NULL,
    feed text COLLATE "C" NOT NULL,
    day date NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (agency_code, feed, day)
);
CREATE INDEX expected_day ON ledger.expected (day, feed);

-- One row per quarantined row of the run that a partition shows; values are minimised and as
-- received (U+0000 is written as U+2400, which jsonb can hold).
CREATE TABLE ledger.quarantine (
    agency_code text COLLATE "C" NOT NULL,
    feed text COLLATE "C" NOT NULL,
    day date NOT NULL,
    run_id bigint NOT NULL,
    row_number bigint NOT NULL,
    row_values jsonb NOT NULL,
    violations jsonb NOT NULL,
    PRIMARY KEY (agency_code, feed, day, row_number)
);

-- One row per run and control total (rows, sums in minor units, and what the source declared).
CREATE TABLE ledger.control_total (
    run_id bigint NOT NULL,
    name text NOT NULL,
    value numeric NOT NULL,
    PRIMARY KEY (run_id, name)
);

-- One row per run and rule of the contract, also of rules that never failed.
CREATE TABLE ledger.rule_count (
    run_id bigint NOT NULL,
    rule text NOT NULL,
    code text NOT NULL,
    checked bigint NOT NULL,
    failed bigint NOT NULL,
    PRIMARY KEY (run_id, rule, code)
);

-- One row per unknown field name that an agency's feed ever showed; names only.
CREATE TABLE ledger.drift (
    agency_code text COLLATE "C" NOT NULL,
    feed text COLLATE "C" NOT NULL,
    field text NOT NULL,
    first_run bigint NOT NULL,
    last_run bigint NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    PRIMARY KEY (agency_code, feed, field)
);

-- One row per contract version that a run was claimed under.
CREATE TABLE ledger.contract_version (
    feed text COLLATE "C" NOT NULL,
    contract text COLLATE "C" NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (feed, contract)
);
RESET ROLE;
