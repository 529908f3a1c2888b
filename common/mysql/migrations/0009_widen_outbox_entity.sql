-- An id and the path of an area.
ALTER TABLE outbox MODIFY entity VARBINARY(255) NOT NULL
