-- name: serving
-- purpose: what people did with figures: actions, signed forms, packets sent; and keys of systems
SET LOCAL ROLE hub_owner;

-- One row per action of a person or system on a page or address; never changed but for its end.
CREATE TABLE ledger.action (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL,
    verb text NOT NULL CHECK (
        verb IN ('backfill', 'run', 'replay', 'redrive', 'sign', 'publish', 'key')
    ),
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed', 'refused')),
    outcome jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    CHECK ((state = 'running') = (ended_at IS NULL))
);
CREATE INDEX action_started ON ledger.action (started_at DESC);

-- One row per signed form; never changed. figures: the rows as printed; runs: run ids of the
-- partitions behind them; fingerprint: sha256 of the figures, by which a page sees that the data
-- changed since; file: the workbook as it was signed.
CREATE TABLE ledger.signed_form (
    signed_form_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form text COLLATE "C" NOT NULL,
    form_version text COLLATE "C" NOT NULL,
    cut text NOT NULL,
    agency_code text COLLATE "C" NOT NULL DEFAULT '',
    period text COLLATE "C" NOT NULL,
    calendar text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    basis text NOT NULL,
    figures jsonb NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    identity_count integer NOT NULL,
    expected_count bigint NOT NULL,
    covered_count bigint NOT NULL,
    runs bigint [] NOT NULL,
    file bytea NOT NULL,
    file_sha256 text COLLATE "C" NOT NULL,
    signer text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (covered_count = expected_count AND expected_count > 0)
);
CREATE INDEX signed_form_place ON ledger.signed_form (
    form, agency_code, period, calendar, basis, signed_form_id DESC
);

-- One row per packet for the national reporting system; body is kept as sent.
-- idempotency_key: the same signed content makes the same key, so that the receiver counts it once.
CREATE TABLE ledger.packet (
    packet_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    signed_form_id bigint REFERENCES ledger.signed_form,
    idempotency_key text COLLATE "C" NOT NULL UNIQUE,
    body bytea NOT NULL,
    body_sha256 text COLLATE "C" NOT NULL,
    state text NOT NULL DEFAULT 'ready' CHECK (
        state IN ('ready', 'acknowledged', 'refused', 'failed')
    ),
    attempt_count integer NOT NULL DEFAULT 0,
    code text NOT NULL DEFAULT '',
    message text NOT NULL DEFAULT '',
    receipt jsonb NOT NULL DEFAULT '{}',
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX packet_form ON ledger.packet (signed_form_id, packet_id);

-- One row per key of a system; the key itself is known to its holder alone.
CREATE TABLE ledger.access_key (
    key_id text COLLATE "C" PRIMARY KEY,
    key_hash text NOT NULL,
    holder text NOT NULL,
    scopes text [] NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);

GRANT SELECT ON ledger.action, ledger.signed_form, ledger.packet TO hub_operator, hub_auditor;
GRANT SELECT ON ledger.access_key TO hub_operator;
GRANT SELECT (key_id, holder, scopes, made_by, made_at, expires_at, revoked_at)
ON ledger.access_key TO hub_auditor;
GRANT INSERT ON ledger.action, ledger.signed_form, ledger.packet, ledger.access_key TO hub_operator;
GRANT UPDATE (state, outcome, ended_at) ON ledger.action TO hub_operator;
GRANT UPDATE (state, attempt_count, code, message, receipt, tried_at, ended_at)
ON ledger.packet TO hub_operator;
GRANT UPDATE (revoked_at) ON ledger.access_key TO hub_operator;
CREATE INDEX rule_count_failed ON ledger.rule_count (run_id) WHERE failed > 0;
RESET ROLE;
