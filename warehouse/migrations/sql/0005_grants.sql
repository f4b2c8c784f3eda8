-- name: grants
-- purpose: least privilege: what each role may do, and nothing else (held by the roles test)
SET LOCAL ROLE hub_owner;
GRANT USAGE ON SCHEMA core, mart, ledger TO hub_loader, hub_operator, hub_auditor, hub_dashboard;

-- loader: writes what a load writes; cannot remove runs or change the past of the ledger
GRANT SELECT ON ALL TABLES IN SCHEMA core, mart, ledger TO hub_loader;
GRANT INSERT, DELETE ON core.dossier_change, core.payment, core.document_movement TO hub_loader;
GRANT INSERT ON core.dim_agency, core.dim_unit, core.dim_procedure, core.dim_commune,
core.dim_partner, core.dim_bank TO hub_loader;
GRANT INSERT, UPDATE, DELETE ON mart.dossier_flow, mart.payment_flow, mart.document_flow
TO hub_loader;
GRANT INSERT, UPDATE ON ledger.run, ledger.head, ledger.drift TO hub_loader;
GRANT INSERT ON ledger.control_total, ledger.rule_count, ledger.contract_version,
ledger.series TO hub_loader;
GRANT UPDATE ON ledger.series TO hub_loader; -- SELECT … FOR UPDATE asks for it
GRANT INSERT, DELETE ON ledger.quarantine TO hub_loader;
GRANT EXECUTE ON FUNCTION core.has_month TO hub_loader;

-- operator: reads all, keeps the expected set, closes runs that died
GRANT SELECT ON ALL TABLES IN SCHEMA core, mart, ledger TO hub_operator;
GRANT INSERT, UPDATE, DELETE ON ledger.expected TO hub_operator;
GRANT UPDATE (state, code, message, ended_at) ON ledger.run TO hub_operator;

-- dashboard: marts, labels and states; no facts, no quarantine
GRANT SELECT ON mart.dossier_flow, mart.payment_flow, mart.document_flow, mart.dossier_day,
mart.partition_state, mart.coverage_day TO hub_dashboard;
GRANT SELECT ON core.dim_agency, core.dim_unit, core.dim_procedure, core.code, core.currency,
core.succession, core.agency_code TO hub_dashboard;
GRANT SELECT ON ledger.head, ledger.expected, ledger.run TO hub_dashboard;

-- auditor: reads everything, writes nothing
GRANT SELECT ON ALL TABLES IN SCHEMA core, mart, ledger TO hub_auditor;

REVOKE EXECUTE ON FUNCTION core.ensure_month FROM public;
GRANT EXECUTE ON FUNCTION core.ensure_month TO hub_loader;
RESET ROLE;
