-- An incident that ended may begin again: until it is settled, the next failure is a part of it and not another incident.
ALTER TABLE incidents ADD COLUMN settled_at timestamptz;
UPDATE incidents SET settled_at = ended_at;

-- At most one for each widget that is open or not settled yet.
DROP INDEX idx_incidents_open;
CREATE UNIQUE INDEX idx_incidents_open ON incidents (widget_id) WHERE settled_at IS NULL;
