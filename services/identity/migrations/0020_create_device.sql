-- A phone or desk computer; `certificate` is what it was given, so that a repeated enrolment gets the same one.
CREATE TABLE device (
  id BINARY(16) NOT NULL PRIMARY KEY,
  staff BINARY(16) NOT NULL,
  display_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  certificate TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  certificate_expires_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  KEY device_staff (staff, id)
) ENGINE = InnoDB
