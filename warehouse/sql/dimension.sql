-- Statements of the dimensions. {table}, {id} and {code} are filled in by warehouse.dimension.

-- name: members
-- purpose: surrogate keys of codes as of a day: the version that began last before or on it
-- grain: one row per known code
-- parameters: codes, day
SELECT DISTINCT ON (m.{code}) m.{code}, m.{id}
FROM {table} AS m
WHERE m.{code} = ANY(%(codes)s) AND m.valid_from <= %(day)s
ORDER BY m.{code} ASC, m.valid_from DESC;

-- name: infer
-- purpose: make members for codes that no catalogue has named yet; in code order, so that two
--   loads never wait for each other in a circle
-- grain: one row per new code
-- parameters: codes
INSERT INTO {table} ({code})
SELECT code FROM unnest(%(codes)s::text[]) AS code
ORDER BY code
ON CONFLICT ({code}, valid_from) DO NOTHING;

-- name: agency
-- purpose: every version of an agency, and which of them is valid on a day
-- grain: one row per version
-- parameters: agency, day
SELECT
    agency_id,
    valid_from <= %(day)s AND (valid_to IS NULL OR valid_to >= %(day)s) AS is_valid
FROM core.dim_agency
WHERE agency_code = %(agency)s
ORDER BY valid_from;

-- name: infer_agency
-- purpose: make a member for an agency that the register does not know (a registry's own)
-- grain: one row
-- parameters: agency
INSERT INTO core.dim_agency
(agency_code, agency_name, full_name, level, kind, valid_from, is_inferred)
VALUES (%(agency)s, %(agency)s, %(agency)s, 'other', 'other', '0001-01-01', true)
ON CONFLICT (agency_code, valid_from) DO NOTHING;

-- name: sync_agency
-- purpose: bring a version of an agency to what the register says; its id stays
-- grain: one row per version
-- parameters: positional list of rows
INSERT INTO core.dim_agency AS known
(agency_code, agency_name, full_name, level, kind, valid_from, valid_to, successor_code)
VALUES %s
ON CONFLICT (agency_code, valid_from) DO UPDATE
SET
    agency_name = excluded.agency_name,
    full_name = excluded.full_name,
    level = excluded.level,
    kind = excluded.kind,
    valid_to = excluded.valid_to,
    successor_code = excluded.successor_code,
    is_inferred = false
WHERE (known.agency_name, known.full_name, known.level, known.kind, known.valid_to,
    known.successor_code, known.is_inferred)
IS DISTINCT FROM (excluded.agency_name, excluded.full_name, excluded.level, excluded.kind,
    excluded.valid_to, excluded.successor_code, false);

-- name: sync_agency_code
-- purpose: codes of agencies in the code systems, with their spans
-- grain: one row per system, code and span
-- parameters: positional list of rows
INSERT INTO core.agency_code AS known (system, code, valid_from, valid_to, agency_code)
VALUES %s
ON CONFLICT (system, code, valid_from) DO UPDATE
SET valid_to = excluded.valid_to, agency_code = excluded.agency_code
WHERE (known.valid_to, known.agency_code)
IS DISTINCT FROM (excluded.valid_to, excluded.agency_code);

-- name: sync_succession
-- purpose: which unit took over which
-- grain: one row per old unit, new unit and day
-- parameters: positional list of rows
INSERT INTO core.succession AS known
(agency_code, successor_code, effective_date, kind, legal_basis)
VALUES %s
ON CONFLICT (agency_code, successor_code, effective_date) DO UPDATE
SET kind = excluded.kind, legal_basis = excluded.legal_basis
WHERE (known.kind, known.legal_basis) IS DISTINCT FROM (excluded.kind, excluded.legal_basis);

-- name: sync_code
-- purpose: codes of the contracts' lists; ids are stable
-- grain: one row per list and id
-- parameters: positional list of rows
INSERT INTO core.code AS known (list, id, code, label_vi, label_en, valid_from, valid_to)
VALUES %s
ON CONFLICT (list, id) DO UPDATE
SET
    code = excluded.code,
    label_vi = excluded.label_vi,
    label_en = excluded.label_en,
    valid_from = excluded.valid_from,
    valid_to = excluded.valid_to
WHERE (known.code, known.label_vi, known.label_en, known.valid_from, known.valid_to)
IS DISTINCT FROM (excluded.code, excluded.label_vi, excluded.label_en, excluded.valid_from,
    excluded.valid_to);

-- name: sync_currency
-- purpose: currencies and the number of digits of their minor unit
-- grain: one row per currency
-- parameters: positional list of rows
INSERT INTO core.currency (currency_id, currency_code, exponent)
VALUES %s
ON CONFLICT (currency_id) DO NOTHING;

-- name: sync_member
-- purpose: bring a listed member of a dimension to what its list says; its id stays
-- grain: one row per code and span
-- parameters: positional list of rows (code, name, valid_from, valid_to, false)
INSERT INTO {table} AS known ({code}, {name}, valid_from, valid_to, is_inferred)
VALUES %s
ON CONFLICT ({code}, valid_from) DO UPDATE
SET {name} = excluded.{name}, valid_to = excluded.valid_to, is_inferred = false
WHERE (known.{name}, known.valid_to, known.is_inferred)
IS DISTINCT FROM (excluded.{name}, excluded.valid_to, false);
