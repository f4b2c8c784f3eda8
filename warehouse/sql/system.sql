-- What partitions show, counted for the systems of the founding documents.

-- name: shown
-- purpose: find the partitions of some days that show a version
-- grain: one row per partition
-- parameters: first_day, last_day
SELECT agency_code, feed, day
FROM ledger.head
WHERE applied > 0 AND day BETWEEN %(first_day)s AND %(last_day)s;

-- name: newest
-- purpose: find the newest day that each feed shows
-- grain: one row per feed
-- parameters: agencies (NULL = all)
SELECT feed, max(day)
FROM ledger.head
WHERE applied > 0
    AND (%(agencies)s::text[] IS NULL OR agency_code = any(%(agencies)s::text[]))
GROUP BY feed;
