-- Statements about packets for the national reporting system (ledger.packet).

-- name: keep
-- purpose: keep a packet that is about to be sent; the same key, or another one that is under way
--   at its place, leaves everything as it is
-- grain: one packet
-- parameters: kind, place, signed_form_id, key, replaces, body, body_sha256, made_by
INSERT INTO ledger.packet (
    kind, place, signed_form_id, idempotency_key, replaces, body, body_sha256, made_by
)
VALUES (
    %(kind)s, %(place)s, %(signed_form_id)s, %(key)s, %(replaces)s, %(body)s, %(body_sha256)s,
    %(made_by)s
)
ON CONFLICT DO NOTHING;

-- name: one
-- purpose: one packet, by its number or its key
-- grain: one row, without its body
-- parameters: packet_id, key (NULL = not asked for)
SELECT
    packet_id, kind, place, signed_form_id, idempotency_key, replaces, body_sha256,
    octet_length(body), state, attempt_count, code, message, receipt, made_by, made_at, tried_at,
    ended_at
FROM ledger.packet
WHERE packet_id = %(packet_id)s OR idempotency_key = %(key)s;

-- name: list
-- purpose: packets, newest first
-- grain: one row per packet, without its body
-- parameters: kind, state (NULL = all each), count
SELECT
    packet_id, kind, place, signed_form_id, idempotency_key, replaces, body_sha256,
    octet_length(body), state, attempt_count, code, message, receipt, made_by, made_at, tried_at,
    ended_at
FROM ledger.packet
WHERE (%(kind)s::text IS NULL OR kind = %(kind)s)
    AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY packet_id DESC
LIMIT %(count)s;

-- name: newest
-- purpose: the newest packet of every place asked for, and the newest acknowledged one
-- grain: one or two rows per place, without bodies
-- parameters: places
SELECT
    p.packet_id, p.kind, p.place, p.signed_form_id, p.idempotency_key, p.replaces, p.body_sha256,
    octet_length(p.body), p.state, p.attempt_count, p.code, p.message, p.receipt, p.made_by,
    p.made_at, p.tried_at, p.ended_at
FROM unnest(%(places)s::text[]) AS asked (place)
CROSS JOIN LATERAL (
    (
        SELECT packet_id FROM ledger.packet
        WHERE place = asked.place
        ORDER BY packet_id DESC
        LIMIT 1
    )
    UNION
    (
        SELECT packet_id FROM ledger.packet
        WHERE place = asked.place AND state = 'acknowledged'
        ORDER BY packet_id DESC
        LIMIT 1
    )
) AS found
JOIN ledger.packet AS p ON p.packet_id = found.packet_id
ORDER BY p.packet_id;

-- name: body
-- purpose: the bytes of a packet as sent
-- grain: one row
-- parameters: packet_id
SELECT body FROM ledger.packet WHERE packet_id = %(packet_id)s;

-- name: counts
-- purpose: how many packets are in which state
-- grain: one row per state
-- parameters: none
SELECT state, count(*) FROM ledger.packet GROUP BY state;

-- name: claim
-- purpose: take a packet for one try; its number of tries is the token of whoever took it. A
--   packet in somebody's hands (code SENDING) is free again when its lease ran out; a refused
--   one is taken by who asks for it, while it is the newest of its place
-- grain: one row: token, key, body, its digest, and whether it was tried before
-- parameters: packet_id, with_refused, lease_seconds
UPDATE ledger.packet AS p
SET state = 'ready', attempt_count = attempt_count + 1, code = 'SENDING', message = '',
    tried_at = clock_timestamp(), ended_at = NULL
WHERE packet_id = %(packet_id)s
    AND (
        (
            state = 'ready' AND (
                code <> 'SENDING'
                OR tried_at < clock_timestamp() - make_interval(secs => %(lease_seconds)s)
            )
        )
        OR state = 'failed'
        OR (
            %(with_refused)s AND state = 'refused' AND NOT EXISTS (
                SELECT FROM ledger.packet AS later
                WHERE later.place = p.place AND later.packet_id > p.packet_id
            )
        )
    )
RETURNING attempt_count, idempotency_key, body, body_sha256, attempt_count > 1;

-- name: again
-- purpose: begin the next try of a packet that is still ours
-- grain: one row: the next token; none where somebody else took the packet
-- parameters: packet_id, token
UPDATE ledger.packet
SET attempt_count = attempt_count + 1, tried_at = clock_timestamp()
WHERE packet_id = %(packet_id)s AND attempt_count = %(token)s AND state = 'ready'
RETURNING attempt_count;

-- name: end
-- purpose: write down how the tries of a packet ended, where it is still ours
-- grain: one packet
-- parameters: packet_id, token, state, code, message, receipt
UPDATE ledger.packet
SET state = %(state)s, code = %(code)s, message = %(message)s, receipt = %(receipt)s,
    ended_at = CASE WHEN %(state)s = 'ready' THEN NULL ELSE clock_timestamp() END
WHERE packet_id = %(packet_id)s AND attempt_count = %(token)s AND state = 'ready'
RETURNING packet_id;

-- name: holder
-- purpose: which packet a receipt number was given for
-- grain: one row
-- parameters: number
SELECT packet_id FROM ledger.packet
WHERE state = 'acknowledged' AND receipt ->> 'number' = %(number)s;

-- name: unpublishable
-- purpose: the days behind a figure that may not be published: not audited, failed, or loaded
--   anew since
-- grain: one row per day, in order; whether an audit passed, NULL without any
-- parameters: feed, first_day, last_day
SELECT e.day, p.is_passed
FROM (
    SELECT day FROM ledger.expected
    WHERE feed = %(feed)s AND day BETWEEN %(first_day)s AND %(last_day)s
    UNION
    SELECT day FROM ledger.head
    WHERE feed = %(feed)s AND applied > 0 AND day BETWEEN %(first_day)s AND %(last_day)s
) AS e
LEFT JOIN mart.publishable_day AS p ON p.feed = %(feed)s AND p.day = e.day
WHERE p.is_publishable IS NOT TRUE
ORDER BY e.day;

-- name: latest_forms
-- purpose: the newest signature of every place of a form, newest first
-- grain: one row per signed form, without its workbook
-- parameters: form, cut, agency, period, calendar, basis (NULL = all each), count
SELECT *
FROM (
    SELECT DISTINCT ON (form, cut, agency_code, period, calendar, basis)
        form, form_version, cut, agency_code, period, calendar, first_day, last_day, basis,
        figures, fingerprint, identity_count, expected_count, covered_count, runs, signed_form_id,
        file_sha256, signer, signed_at
    FROM ledger.signed_form
    WHERE (%(form)s::text IS NULL OR form = %(form)s)
        AND (%(cut)s::text IS NULL OR cut = %(cut)s)
        AND (%(agency)s::text IS NULL OR agency_code = %(agency)s)
        AND (%(period)s::text IS NULL OR period = %(period)s)
        AND (%(calendar)s::text IS NULL OR calendar = %(calendar)s)
        AND (%(basis)s::text IS NULL OR basis = %(basis)s)
    ORDER BY form, cut, agency_code, period, calendar, basis, signed_form_id DESC
) AS newest
ORDER BY signed_form_id DESC
LIMIT %(count)s;

-- name: agencies
-- purpose: the agencies of a day, as a disaggregation
-- grain: one row per agency, by code
-- parameters: day
SELECT agency_code, agency_name, level, valid_from
FROM core.dim_agency
WHERE valid_from <= %(day)s AND (valid_to IS NULL OR valid_to >= %(day)s)
ORDER BY agency_code;
