-- The token of a one-time link, sealed with the portal's keys, beside its hash: the same link can be shown and sent again, and stays good
-- until it was used, taken back or is too old.
ALTER TABLE invitations ADD COLUMN token_sealed text;
ALTER TABLE email_changes ADD COLUMN old_token_sealed text, ADD COLUMN new_token_sealed text;
