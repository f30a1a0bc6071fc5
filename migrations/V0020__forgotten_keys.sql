-- A master key that nothing is sealed with any longer is not asked for at the next start.
GRANT DELETE ON master_key_checks TO portal_accounts;
