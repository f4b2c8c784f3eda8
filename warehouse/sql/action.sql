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
