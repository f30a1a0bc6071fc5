-- Two outcomes that are no failure: the visitor pressed Stop ('stopped'), and a workflow that ran well and returned nothing ('empty').
-- Whatever counts failures counts status = 'failed' and so leaves them out.
ALTER TABLE chat_logs DROP CONSTRAINT chat_logs_status_check;
ALTER TABLE chat_logs ADD CONSTRAINT chat_logs_status_check CHECK (status IN ('pending', 'answered', 'failed', 'stopped', 'empty'));
