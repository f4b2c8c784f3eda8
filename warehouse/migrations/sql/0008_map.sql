-- name: map
-- purpose: codes as of a day, and every agency on the administrative map of a day
SET LOCAL ROLE hub_owner;

-- The agency that a code of a code system (qd20, qcvn102, gso) meant on a day; NULL = none.
-- Seven GSO codes mean another province since 2025-07-01, so a code without its day means nothing.
CREATE FUNCTION core.agency_on(of_code text, on_day date, code_system text DEFAULT 'qd20')
RETURNS integer
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT a.agency_id
    FROM core.agency_code AS c
    JOIN core.dim_agency AS a ON a.agency_code = c.agency_code
    WHERE c.system = code_system AND c.code = of_code
        AND on_day BETWEEN c.valid_from AND coalesce(c.valid_to, 'infinity')
        AND on_day BETWEEN a.valid_from AND coalesce(a.valid_to, 'infinity');
END;

-- One row per version of an agency: where its figures stand on the map of a day; NULL = as
-- reported. Every agency_id has exactly one row on every map, so sums conserve by construction:
--   JOIN mart.map_on(DATE '2025-06-30') AS m USING (agency_id) … GROUP BY m.map_code, m.mark
-- mark: '' the figure is that unit's;
--   not_divisible: on an earlier map, a merged unit's figure that belongs to several of its old
--     units; on a later map, a divided unit's figure, shown under its main heir. Never guessed;
--   not_on_map: no unit of that day is known to it; it stands under its own code.
-- Versions end where successions happen, so a version's first day says which lie behind it.
CREATE FUNCTION mart.map_on(on_day date)
RETURNS TABLE (agency_id integer, map_code text, map_name text, mark text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE later (agency_id, code, since, is_divided) AS (
        SELECT a.agency_id, a.agency_code, a.valid_from, false
        FROM core.dim_agency AS a
        WHERE a.valid_from <= on_day
        UNION ALL
        SELECT u.agency_id, heir.code, event.day, u.is_divided OR heir.is_divided
        FROM later AS u
        CROSS JOIN LATERAL (
            SELECT s.effective_date AS day
            FROM core.succession AS s
            WHERE s.agency_code = u.code AND s.effective_date > u.since
                AND s.effective_date <= on_day
            ORDER BY s.effective_date
            LIMIT 1
        ) AS event
        CROSS JOIN LATERAL (
            SELECT
                coalesce(max(s.successor_code) FILTER (WHERE s.kind <> 'part'), u.code) AS code,
                bool_or(s.kind = 'part') AS is_divided
            FROM core.succession AS s
            WHERE s.agency_code = u.code AND s.effective_date = event.day
        ) AS heir
    ),
    earlier (agency_id, code, before) AS (
        SELECT a.agency_id, a.agency_code, a.valid_from + 1
        FROM core.dim_agency AS a
        WHERE a.valid_from > on_day
        UNION -- two ways back to one unit are one unit
        SELECT u.agency_id, origin.code, event.day
        FROM earlier AS u
        CROSS JOIN LATERAL (
            SELECT s.effective_date AS day
            FROM core.succession AS s
            WHERE s.successor_code = u.code AND s.effective_date > on_day
                AND s.effective_date < u.before
            ORDER BY s.effective_date DESC
            LIMIT 1
        ) AS event
        CROSS JOIN LATERAL (
            SELECT s.agency_code AS code
            FROM core.succession AS s
            WHERE s.successor_code = u.code AND s.effective_date = event.day
            UNION
            SELECT known.agency_code -- a unit that only gained a part was there before, too
            FROM core.dim_agency AS known
            WHERE known.agency_code = u.code AND known.valid_from < event.day
                AND NOT EXISTS (
                    SELECT FROM core.succession AS s
                    WHERE s.agency_code = u.code AND s.effective_date = event.day
                        AND s.kind <> 'part'
                )
        ) AS origin
    ),
    origins AS (
        SELECT u.agency_id, u.code
        FROM earlier AS u
        WHERE NOT EXISTS (
            SELECT FROM core.succession AS s
            WHERE s.successor_code = u.code AND s.effective_date > on_day
                AND s.effective_date < u.before
        )
    ),
    placed (agency_id, code, is_whole) AS (
        (
            SELECT DISTINCT ON (u.agency_id) u.agency_id, u.code, NOT u.is_divided
            FROM later AS u
            ORDER BY u.agency_id ASC, u.since DESC
        )
        UNION ALL
        SELECT a.agency_id, CASE count(DISTINCT o.code) WHEN 1 THEN min(o.code) ELSE a.agency_code END, count(DISTINCT o.code) = 1
        FROM core.dim_agency AS a
        JOIN origins AS o ON o.agency_id = a.agency_id
        GROUP BY a.agency_id, a.agency_code
        UNION ALL
        SELECT a.agency_id, a.agency_code, true
        FROM core.dim_agency AS a
        WHERE on_day IS NULL
    )
    SELECT
        p.agency_id,
        p.code,
        CASE
            WHEN p.is_whole OR a.valid_from <= on_day THEN coalesce(then_valid.agency_name, a.agency_name)
            ELSE a.agency_name
        END,
        CASE
            WHEN NOT p.is_whole THEN 'not_divisible'
            WHEN on_day IS NOT NULL AND then_valid.agency_id IS NULL THEN 'not_on_map'
            ELSE ''
        END
    FROM placed AS p
    JOIN core.dim_agency AS a ON a.agency_id = p.agency_id
    LEFT JOIN core.dim_agency AS then_valid
        ON then_valid.agency_code = p.code
        AND on_day BETWEEN then_valid.valid_from AND coalesce(then_valid.valid_to, 'infinity');
END;

-- One row per area (core.dim_area): where its figures stand on the map of a day; NULL = as
-- reported. A province's GSO code is followed as its agency is; communes and codes that nobody
-- knows stand for themselves. Every area_id has exactly one row on every map.
CREATE FUNCTION mart.area_map_on(on_day date)
RETURNS TABLE (area_id integer, map_code text, map_name text, mark text)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        d.area_id,
        coalesce(m.map_code, d.area_code),
        coalesce(m.map_name, d.area_name),
        CASE
            WHEN m.mark IS NOT NULL THEN m.mark
            WHEN on_day NOT BETWEEN d.valid_from AND coalesce(d.valid_to, 'infinity')
                THEN 'not_on_map'
            ELSE ''
        END
    FROM core.dim_area AS d
    LEFT JOIN mart.map_on(on_day) AS m
        ON m.agency_id = core.agency_on(d.area_code, d.valid_from, 'gso');
END;
RESET ROLE;
