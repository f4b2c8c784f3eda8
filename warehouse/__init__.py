"""What we keep: landing archive, ledger, core, marts, quarantine; every SQL statement."""
