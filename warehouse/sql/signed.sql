-- Statements about signed forms (ledger.signed_form); a row is never changed.

-- name: sign
-- purpose: keep a signed form with its workbook
-- grain: one row: its id and instant
-- parameters: the columns
INSERT INTO ledger.signed_form (
    form, form_version, cut, agency_code, period, calendar, first_day, last_day, basis,
    figures, fingerprint, identity_count, expected_count, covered_count, runs, file, file_sha256,
    signer
) VALUES (
    %(form)s, %(form_version)s, %(cut)s, %(agency)s, %(period)s, %(calendar)s, %(first_day)s,
    %(last_day)s, %(basis)s, %(figures)s, %(fingerprint)s, %(identities)s, %(expected)s,
    %(covered)s, %(runs)s, %(file)s, %(file_sha256)s, %(signer)s
)
RETURNING signed_form_id, signed_at;

-- name: list
-- purpose: the signed forms of a place, newest first; empty texts = all
-- grain: one row per signed form, without its workbook
-- parameters: form, cut, agency, period, calendar, basis (NULL = all each), count
SELECT
    form, form_version, cut, agency_code, period, calendar, first_day, last_day, basis, figures,
    fingerprint, identity_count, expected_count, covered_count, runs, signed_form_id, file_sha256,
    signer, signed_at
FROM ledger.signed_form
WHERE (%(form)s::text IS NULL OR form = %(form)s)
    AND (%(cut)s::text IS NULL OR cut = %(cut)s)
    AND (%(agency)s::text IS NULL OR agency_code = %(agency)s)
    AND (%(period)s::text IS NULL OR period = %(period)s)
    AND (%(calendar)s::text IS NULL OR calendar = %(calendar)s)
    AND (%(basis)s::text IS NULL OR basis = %(basis)s)
ORDER BY signed_form_id DESC
LIMIT %(count)s;

-- name: one
-- purpose: one signed form
-- grain: one row, without its workbook
-- parameters: signed_form_id
SELECT
    form, form_version, cut, agency_code, period, calendar, first_day, last_day, basis, figures,
    fingerprint, identity_count, expected_count, covered_count, runs, signed_form_id, file_sha256,
    signer, signed_at
FROM ledger.signed_form
WHERE signed_form_id = %(signed_form_id)s;

-- name: file
-- purpose: the workbook of a signed form, byte for byte as signed
-- grain: one row
-- parameters: signed_form_id
SELECT file FROM ledger.signed_form WHERE signed_form_id = %(signed_form_id)s;

-- name: runs
-- purpose: the runs that a feed's figures of some days stand on
-- grain: one run id, in order
-- parameters: feed, first_day, last_day, agencies (NULL = all)
SELECT applied
FROM ledger.head
WHERE feed = %(feed)s AND applied > 0 AND day BETWEEN %(first_day)s AND %(last_day)s
    AND (%(agencies)s::text[] IS NULL OR agency_code = ANY(%(agencies)s))
ORDER BY applied;
