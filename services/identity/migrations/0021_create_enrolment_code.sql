-- The newest one-time code of each person, as a hash. A used one keeps whose request it was used for.
CREATE TABLE enrolment_code (
  staff BINARY(16) NOT NULL PRIMARY KEY,
  code_sha256 BINARY(32) NOT NULL,
  expires_us BIGINT NOT NULL,
  request_sha256 BINARY(32) NULL,
  device BINARY(16) NULL,
  UNIQUE KEY enrolment_code_hash (code_sha256)
) ENGINE = InnoDB
