-- Statements of the serving room that belong to no figure.

-- name: version
-- purpose: tell whether anything was committed since somebody last looked
-- grain: one text, equal only while no transaction that wrote has ended or begun
-- parameters: none
SELECT pg_current_snapshot()::text;
