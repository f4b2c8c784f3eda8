-- name: audit
-- purpose: what the second judge said of a feed's day over all agencies; gates publication
SET LOCAL ROLE hub_owner;

-- One row per audit of (feed, day); the newest speaks. newest_run: newest run that was applied
-- when the audit was made: a later load makes the audit stale.
CREATE TABLE ledger.audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed text COLLATE "C" NOT NULL,
    day date NOT NULL,
    newest_run bigint NOT NULL,
    is_passed boolean NOT NULL,
    evaluated_count integer NOT NULL,
    failed_count integer NOT NULL,
    failures jsonb NOT NULL DEFAULT '[]',
    audited_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX audit_day ON ledger.audit (day, feed, audit_id DESC);

-- One row per (feed, day) that shows anything: whether its figures may be published.
CREATE VIEW mart.publishable_day WITH (security_invoker = true) AS
SELECT
    h.feed,
    h.day,
    coalesce(a.is_passed AND a.newest_run >= max(h.applied), false) AS is_publishable,
    a.is_passed,
    a.audited_at
FROM ledger.head AS h
LEFT JOIN LATERAL (
    SELECT * FROM ledger.audit AS t
    WHERE t.feed = h.feed AND t.day = h.day
    ORDER BY t.audit_id DESC
    LIMIT 1
) AS a ON true
WHERE h.applied > 0
GROUP BY h.feed, h.day, a.is_passed, a.newest_run, a.audited_at;

GRANT SELECT ON ledger.audit, mart.publishable_day
TO hub_loader, hub_operator, hub_auditor, hub_dashboard;
GRANT INSERT ON ledger.audit TO hub_operator;
RESET ROLE;
