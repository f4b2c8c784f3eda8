-- name: roles
-- purpose: the group roles of docs/warehouse.md; people and services are granted one of them
-- grain: one role per kind of work; roles belong to the cluster, so another database may have made them
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'hub_owner', 'hub_loader', 'hub_operator', 'hub_dashboard', 'hub_auditor'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of this cluster was quicker
            END;
        END IF;
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO hub_owner', current_database());
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT hub_owner TO %I', current_user);
    END IF;
END $$;
