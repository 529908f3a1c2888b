CREATE TABLE team_member (
  team_id BINARY(16) NOT NULL,
  staff_id BINARY(16) NOT NULL,
  position SMALLINT NOT NULL,
  PRIMARY KEY (team_id, staff_id),
  KEY staff (staff_id),
  CONSTRAINT team_member_team FOREIGN KEY (team_id) REFERENCES team (id),
  CONSTRAINT team_member_staff FOREIGN KEY (staff_id) REFERENCES staff (id)
) ENGINE = InnoDB
