-- An admin can shut somebody out for a while, and let them in again, without taking anything of theirs away.
ALTER TABLE users ADD COLUMN disabled_at timestamptz;
