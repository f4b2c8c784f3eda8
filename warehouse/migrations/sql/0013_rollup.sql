-- name: rollup
-- purpose: coarser sums of the flow marts
SELECT 1;
