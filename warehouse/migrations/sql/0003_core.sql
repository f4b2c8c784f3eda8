-- name: core
-- purpose: star schema: dimensions with validity, and what each day said, one fact table per feed
SET LOCAL ROLE hub_owner;
CREATE SCHEMA core;

-- One row per agency and span of days (SCD2); days are inclusive, '0001-01-01' = since ever,
-- NULL = still valid. Facts of a day carry the version valid on that day.
CREATE TABLE core.dim_agency (
    agency_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_code text COLLATE "C" NOT NULL,
    agency_name text NOT NULL,
    full_name text NOT NULL,
    level text NOT NULL,
    kind text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    successor_code text COLLATE "C",
    is_inferred boolean NOT NULL DEFAULT false,
    UNIQUE (agency_code, valid_from),
    CHECK (valid_to IS NULL OR valid_to >= valid_from)
);

-- One row per (code system, code, span): a code means something only in its system on a day.
CREATE TABLE core.agency_code (
    system text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    agency_code text COLLATE "C" NOT NULL,
    PRIMARY KEY (system, code, valid_from)
);

-- One row per (old unit, new unit) of a reorganisation, with its first day.
CREATE TABLE core.succession (
    agency_code text COLLATE "C" NOT NULL,
    successor_code text COLLATE "C" NOT NULL,
    effective_date date NOT NULL,
    kind text NOT NULL,
    legal_basis text NOT NULL,
    PRIMARY KEY (agency_code, successor_code, effective_date)
);

-- One row per code of a contract's code list and span; ids are stable.
CREATE TABLE core.code (
    list text COLLATE "C" NOT NULL,
    id smallint NOT NULL,
    code text COLLATE "C" NOT NULL,
    label_vi text NOT NULL,
    label_en text NOT NULL,
    valid_from date,
    valid_to date,
    PRIMARY KEY (list, id)
);

-- One row per currency; amounts are kept in minor units: amount = minor / 10^exponent.
-- Source: ISO 4217, numeric codes.
CREATE TABLE core.currency (
    currency_id smallint PRIMARY KEY,
    currency_code text COLLATE "C" NOT NULL UNIQUE,
    exponent smallint NOT NULL
);

-- Dimensions whose members the facts bring along. All have one shape, so that one pair of
-- statements serves them; a member first seen in a fact has is_inferred until a catalogue names it.
CREATE TABLE core.dim_unit (
    unit_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_code text COLLATE "C" NOT NULL,
    unit_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (unit_code, valid_from)
);
CREATE TABLE core.dim_procedure (
    procedure_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    procedure_code text COLLATE "C" NOT NULL,
    procedure_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (procedure_code, valid_from)
);
CREATE TABLE core.dim_commune (
    commune_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    commune_code text COLLATE "C" NOT NULL,
    commune_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (commune_code, valid_from)
);
CREATE TABLE core.dim_partner (
    partner_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_code text COLLATE "C" NOT NULL,
    partner_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (partner_code, valid_from)
);
CREATE TABLE core.dim_bank (
    bank_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bank_code text COLLATE "C" NOT NULL,
    bank_name text NOT NULL DEFAULT '',
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to date,
    is_inferred boolean NOT NULL DEFAULT true,
    UNIQUE (bank_code, valid_from)
);

-- One row per (agency, dossier, day): all that the day said about the dossier.
-- key: xxh3-64 of the dossier code; row_number: position in the received day, which leads
-- through ledger.head.facts_run to the archived bytes.
CREATE TABLE core.dossier_change (
    key bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    unit_id integer,
    procedure_id integer,
    commune_id integer,
    submitted_on date,
    received_on date,
    due_on date,
    finished_on date,
    returned_on date,
    status_id smallint NOT NULL,
    channel_id smallint,
    applicant_type_id smallint,
    service_level_id smallint,
    payment_flag_id smallint
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX dossier_change_key ON core.dossier_change (agency_id, key, day);
CREATE INDEX dossier_change_day ON core.dossier_change (agency_id, day);

-- One row per (agency, payment, day); amounts in minor units of currency_id.
-- key: xxh3-64 of (partner, reference, transaction); dossier_key = core.dossier_change.key.
CREATE TABLE core.payment (
    key bigint NOT NULL,
    dossier_key bigint,
    amount_minor bigint NOT NULL,
    fee_minor bigint,
    charge_minor bigint,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    unit_id integer,
    procedure_id integer,
    partner_id integer,
    bank_id integer,
    currency_id smallint NOT NULL,
    obligation_kind_id smallint,
    status_id smallint NOT NULL,
    method_id smallint
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX payment_key ON core.payment (agency_id, key, day);
CREATE INDEX payment_day ON core.payment (agency_id, day);

-- One row per (agency, document, direction, receiver, day): one movement over the axis.
-- document_key: xxh3-64 of the document id alone, which joins the sent and the received side.
CREATE TABLE core.document_movement (
    key bigint NOT NULL,
    document_key bigint NOT NULL,
    agency_id integer NOT NULL,
    day date NOT NULL,
    row_number integer NOT NULL,
    sender_id integer,
    receiver_id integer,
    issued_on date,
    direction_id smallint NOT NULL,
    document_type_id smallint,
    business_type_id smallint,
    status_id smallint,
    priority_id smallint
) PARTITION BY RANGE (day);
CREATE UNIQUE INDEX document_movement_key ON core.document_movement (agency_id, key, day);
CREATE INDEX document_movement_day ON core.document_movement (agency_id, day);

-- Make the month's leaf of a fact table. CREATE + ATTACH takes SHARE UPDATE EXCLUSIVE on the
-- parent, so neither readers nor running loads are held up; CREATE … PARTITION OF would be.
CREATE FUNCTION core.ensure_month(fact text, some_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', some_day);
    leaf text := format('%s_%s', fact, to_char(first_day, 'YYYY_MM'));
BEGIN
    IF fact NOT IN ('dossier_change', 'payment', 'document_movement') THEN
        RAISE EXCEPTION 'not a fact table: %', fact;
    END IF;
    IF core.has_month(fact, leaf) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('core.ensure_month/' || fact, 0));
    IF core.has_month(fact, leaf) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE core.%I (LIKE core.%I INCLUDING ALL)', leaf, fact);
    EXECUTE format(
        'ALTER TABLE core.%I ATTACH PARTITION core.%I FOR VALUES FROM (%L) TO (%L)',
        fact, leaf, first_day, (first_day + interval '1 month')::date
    );
    RETURN true;
END $$;

CREATE FUNCTION core.has_month(fact text, leaf text) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM pg_inherits AS link
    JOIN pg_class AS child ON child.oid = link.inhrelid
    JOIN pg_class AS parent ON parent.oid = link.inhparent
    WHERE parent.relname = fact AND child.relname = leaf
    AND parent.relnamespace = 'core'::regnamespace
);
RESET ROLE;
