-- A repeated enrolment is known by the key of its certificate request, not by the request, which may be signed anew.
ALTER TABLE enrolment_code CHANGE request_sha256 key_sha256 BINARY(32) NULL
