-- name: catalogue
-- purpose: marts as BI tools meet them
SELECT 1;
