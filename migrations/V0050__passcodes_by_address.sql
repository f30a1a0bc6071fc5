-- Passcodes of demos are counted for each address among the other limits, so that nobody locks a prospect out.
ALTER TABLE demo_links DROP COLUMN passcode_failures, DROP COLUMN passcode_blocked_until;
