-- Every grant has an end. 24 months have at most 731 days of 86,400,000,000 us (scope_limits.h).
CREATE TABLE role_grant (
  id BINARY(16) NOT NULL PRIMARY KEY,
  staff_id BINARY(16) NOT NULL,
  role TINYINT UNSIGNED NOT NULL,
  area VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  KEY staff (staff_id, end_us),
  KEY area (area),
  CONSTRAINT role_grant_staff FOREIGN KEY (staff_id) REFERENCES staff (id),
  CONSTRAINT role_grant_area FOREIGN KEY (area) REFERENCES area (code),
  CONSTRAINT role_grant_has_a_role CHECK (role > 0),
  CONSTRAINT role_grant_ends_after_its_start CHECK (end_us > start_us),
  CONSTRAINT role_grant_is_bounded CHECK (end_us - start_us <= 63158400000000)
) ENGINE = InnoDB
