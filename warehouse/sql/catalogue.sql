-- Statements that read what the database says of its marts (docs/catalogue.md).

-- name: columns
-- purpose: every column of the schema mart with its type and comments
-- grain: one row per column, in order of relation and place
-- parameters: none
SELECT
    c.relname,
    coalesce(obj_description(c.oid, 'pg_class'), ''),
    has_table_privilege('hub_dashboard', c.oid, 'SELECT'),
    a.attname,
    format_type(a.atttypid, NULL),
    coalesce(col_description(c.oid, a.attnum), '')
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY c.relname, a.attnum;
