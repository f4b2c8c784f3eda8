#!/bin/sh
# Run once by the image, on an empty volume: one database and one owner for each of the two.
# The hub's owner makes the group roles of its own migrations; Airflow's may make none.
set -eu
make() {
    psql --quiet -v ON_ERROR_STOP=1 -v name="$1" -v password="$2" <<SQL
CREATE ROLE :"name" LOGIN $3 PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
SQL
}
make hub "$HUB_PASSWORD" CREATEROLE
make airflow "$AIRFLOW_PASSWORD" NOCREATEROLE
