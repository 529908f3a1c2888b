-- Per tree of areas: the change (identity's AreaChange.number) that places are being put after, or were, and the last one that all
-- places have followed.
CREATE TABLE area_follow (
  root VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  begun BIGINT NOT NULL,
  followed BIGINT NOT NULL
) ENGINE = InnoDB
