#!/bin/sh
# Run once by the image, on an empty volume: one database and one owner for each of the two.
set -eu
for name in hub airflow; do
    upper=$(echo "$name" | tr '[:lower:]' '[:upper:]')
    eval "password=\$${upper}_PASSWORD"
    psql --quiet -v ON_ERROR_STOP=1 -v name="$name" -v password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
SQL
done
