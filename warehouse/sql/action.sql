-- Statements about what people did (ledger.action).

-- name: begin
-- purpose: write down that somebody begins something
-- grain: one row: its id
-- parameters: person, verb, subject, detail
INSERT INTO ledger.action (person, verb, subject, detail)
VALUES (%(person)s, %(verb)s, %(subject)s, %(detail)s)
RETURNING action_id;

-- name: end
-- purpose: write down how it ended
-- grain: one action
-- parameters: action_id, state, outcome
UPDATE ledger.action
SET state = %(state)s, outcome = %(outcome)s, ended_at = clock_timestamp()
WHERE action_id = %(action_id)s AND state = 'running'
RETURNING action_id;

-- name: recent
-- purpose: the newest actions
-- grain: one row per action
-- parameters: verb, subject (NULL = all each), count
SELECT action_id, person, verb, subject, detail, state, outcome, started_at, ended_at
FROM ledger.action
WHERE (%(verb)s::text IS NULL OR verb = %(verb)s)
    AND (%(subject)s::text IS NULL OR subject = %(subject)s)
ORDER BY action_id DESC
LIMIT %(count)s;

-- name: one
-- purpose: one action
-- grain: one row
-- parameters: action_id
SELECT action_id, person, verb, subject, detail, state, outcome, started_at, ended_at
FROM ledger.action
WHERE action_id = %(action_id)s;

-- name: running
-- purpose: the actions that nobody ended yet
-- grain: one row per action, oldest first
-- parameters: none
SELECT action_id, person, verb, subject, detail, state, outcome, started_at, ended_at
FROM ledger.action
WHERE state = 'running'
ORDER BY action_id;

-- name: progress
-- purpose: the newest run of every partition of an action since it began
-- grain: one row per partition, in the order asked for; without a run the rest is NULL
-- parameters: agencies, feeds, days, since
SELECT
    w.agency_code, w.feed, w.day, r.run_id, r.state, r.code, r.message, r.loaded_count,
    r.quarantined_count, coalesce(r.ended_at, r.started_at) AS moved_at
FROM unnest(%(agencies)s::text[], %(feeds)s::text[], %(days)s::date[])
    WITH ORDINALITY AS w (agency_code, feed, day, place)
LEFT JOIN LATERAL (
    SELECT t.* FROM ledger.run AS t
    WHERE t.agency_code = w.agency_code AND t.feed = w.feed AND t.day = w.day
        AND t.started_at >= %(since)s
    ORDER BY t.run_id DESC
    LIMIT 1
) AS r ON true
ORDER BY w.place;
