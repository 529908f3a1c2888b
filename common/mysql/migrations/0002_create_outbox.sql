-- Changes that a relay still has to carry to another place. Rows are deleted after they were applied.
CREATE TABLE outbox (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  topic VARBINARY(32) NOT NULL,
  entity VARBINARY(64) NOT NULL,
  created_us BIGINT NOT NULL,
  KEY topic (topic, id)
) ENGINE = InnoDB
