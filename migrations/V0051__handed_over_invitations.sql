-- Whoever opens a link that was shown to somebody else, to be handed over, has not proved that the mailbox is theirs.
ALTER TABLE invitations ADD COLUMN handed_over boolean NOT NULL DEFAULT false;
