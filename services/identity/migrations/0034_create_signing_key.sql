-- Keys that sign access tokens. What a key is at a time is a function of its dates; the seed is sealed with the key-encryption key, and
-- kid, public key and dates with it. `sequence` lets one replica make the next one.
CREATE TABLE signing_key (
  sequence BIGINT NOT NULL PRIMARY KEY,
  kid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  public_key BINARY(32) NOT NULL,
  sealed_seed VARBINARY(128) NOT NULL,
  created_us BIGINT NOT NULL,
  active_us BIGINT NOT NULL,
  retiring_us BIGINT NOT NULL,
  gone_us BIGINT NOT NULL,
  UNIQUE KEY signing_key_kid (kid),
  CONSTRAINT signing_key_in_order CHECK (created_us <= active_us AND active_us < retiring_us AND retiring_us < gone_us)
) ENGINE = InnoDB
