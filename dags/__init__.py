"""When it happens: DAGs generated from the registry; the only room that imports airflow."""
