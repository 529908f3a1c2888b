-- What a kind of work may ask for, each with an end.
CREATE TABLE staff_qualification (
  staff_id BINARY(16) NOT NULL,
  code VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  end_us BIGINT NOT NULL,
  PRIMARY KEY (staff_id, code),
  CONSTRAINT staff_qualification_staff FOREIGN KEY (staff_id) REFERENCES staff (id)
) ENGINE = InnoDB
