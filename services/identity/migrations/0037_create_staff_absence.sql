-- Who is away and who does their assigned work meanwhile; without a reason, and erased when it is over. 366 days have
-- 31,622,400,000,000 us (scope_limits.h).
CREATE TABLE staff_absence (
  id BINARY(16) NOT NULL PRIMARY KEY,
  staff_id BINARY(16) NOT NULL,
  cover_id BINARY(16) NOT NULL,
  start_us BIGINT NOT NULL,
  end_us BIGINT NOT NULL,
  KEY staff (staff_id),
  KEY cover (cover_id),
  KEY absence_end (end_us),
  CONSTRAINT staff_absence_staff FOREIGN KEY (staff_id) REFERENCES staff (id),
  CONSTRAINT staff_absence_cover FOREIGN KEY (cover_id) REFERENCES staff (id),
  CONSTRAINT staff_absence_is_bounded CHECK (end_us > start_us AND end_us - start_us <= 31622400000000)
) ENGINE = InnoDB
