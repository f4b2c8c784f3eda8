-- name: nation_day
-- purpose: when every finished task of one data day was wanted, begun and ended in Airflow
-- grain: one row per task instance (last try) of the agencies' DAGs
-- parameters: day
SELECT
    substr(task.dag_id, 8) AS agency_code,
    split_part(task.task_id, '.', 1) AS feed,
    split_part(task.task_id, '.', 2) AS step,
    task.scheduled_dttm AS scheduled_at,
    task.start_date AS started_at,
    task.end_date AS ended_at
FROM task_instance AS task
INNER JOIN dag_run AS run ON task.dag_id = run.dag_id AND task.run_id = run.run_id
WHERE
    run.partition_key = %(day)s
    AND task.dag_id LIKE 'agency\_%%'
    AND split_part(task.task_id, '.', 2) IN ('land', 'load')
    AND task.state IN ('success', 'failed')
    AND task.scheduled_dttm IS NOT NULL
    AND task.start_date IS NOT NULL
ORDER BY task.scheduled_dttm;

-- name: ledger_day
-- purpose: when the hub itself began, had landed and ended each run of one data day
-- grain: one row per run
-- parameters: day
SELECT
    agency_code,
    feed,
    started_at,
    landed_at,
    ended_at,
    received_count
FROM ledger.run
WHERE day = %(day)s AND ended_at IS NOT NULL
ORDER BY run_id;
