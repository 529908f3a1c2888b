-- Each life of the database server: between two of them, versions may have been seen that are gone.
CREATE TABLE sync_epoch (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  epoch BIGINT NOT NULL,
  opened_us BIGINT NOT NULL,
  UNIQUE KEY sync_epoch_epoch (epoch)
) ENGINE = InnoDB
