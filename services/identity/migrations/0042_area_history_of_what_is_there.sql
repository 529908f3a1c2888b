INSERT INTO area_history (code, version, from_us, display_name, level, inhabitants, geometry, ended_us, merged_into)
SELECT code, version, updated_us, display_name, level, inhabitants, geometry, ended_us, merged_into FROM area
