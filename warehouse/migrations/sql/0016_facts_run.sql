-- name: facts_run
-- purpose: tell of all facts of an agency's feed what they are a version of, without reading heads
SET LOCAL ROLE hub_owner;

CREATE INDEX head_facts ON ledger.head (feed, agency_code, facts_run);
RESET ROLE;
