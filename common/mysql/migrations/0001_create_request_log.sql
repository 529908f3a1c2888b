-- Which requests were carried out, and what was answered. `day` is that of the request_id (days since 1970, UTC).
-- RequestLogPartitions adds the days and drops the old ones; p_floor stays empty, because a table needs one partition.
CREATE TABLE request_log (
  day INT NOT NULL,
  caller VARBINARY(255) NOT NULL,
  request_id BINARY(16) NOT NULL,
  method VARBINARY(255) NOT NULL,
  body_hmac BINARY(32) NOT NULL,
  response MEDIUMBLOB NOT NULL,
  PRIMARY KEY (day, caller, request_id)
) ENGINE = InnoDB
PARTITION BY RANGE (day) (PARTITION p_floor VALUES LESS THAN (1))
