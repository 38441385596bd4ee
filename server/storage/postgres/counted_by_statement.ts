/**
 * A step of `MIGRATIONS`: what clients and all of them have is counted once for each statement. For
 * each row, as before it, a statement with 20,000 rows made as many versions of the row that
 * counts, and looked through all of them each time: 30 s.
 */
export const COUNTED_BY_STATEMENT = `
  DROP TRIGGER file_counted ON files;
  DROP TRIGGER entry_counted ON entries;
  DROP TRIGGER upload_counted ON uploads;
  DROP FUNCTION count_file();
  DROP FUNCTION count_upload();

  CREATE FUNCTION count_stored_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM count_for(ID, count(*), CAST(sum(coalesce(Size, 0)) AS bigint), 0)
      FROM added GROUP BY ID ORDER BY ID;
    RETURN NULL;
  END $$;
  CREATE FUNCTION count_stored_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM count_for(ID, 0, CAST(sum(Bytes) AS bigint), 0) FROM (
        SELECT ID, coalesce(Size, 0) AS Bytes FROM added
        UNION ALL SELECT ID, -coalesce(Size, 0) FROM removed
      ) AS changes GROUP BY ID HAVING sum(Bytes) <> 0 ORDER BY ID;
    RETURN NULL;
  END $$;
  CREATE FUNCTION count_stored_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM count_for(ID, -count(*), -CAST(sum(coalesce(Size, 0)) AS bigint), 0)
      FROM removed GROUP BY ID ORDER BY ID;
    RETURN NULL;
  END $$;

  CREATE TRIGGER files_added AFTER INSERT ON files
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_stored_added();
  CREATE TRIGGER files_changed AFTER UPDATE ON files
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_stored_changed();
  CREATE TRIGGER files_removed AFTER DELETE ON files
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_stored_removed();
  CREATE TRIGGER entries_added AFTER INSERT ON entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_stored_added();
  CREATE TRIGGER entries_changed AFTER UPDATE ON entries
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_stored_changed();
  CREATE TRIGGER entries_removed AFTER DELETE ON entries
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_stored_removed();

  -- Bytes of uploads under way count, and the number of those that are remembered.
  CREATE FUNCTION count_uploads_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM count_for(ID, 0,
        CAST(sum(CASE WHEN Version IS NULL THEN "Offset" ELSE 0 END) AS bigint), count(Version)
      ) FROM added GROUP BY ID ORDER BY ID;
    RETURN NULL;
  END $$;
  CREATE FUNCTION count_uploads_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM count_for(ID, 0, CAST(sum(Bytes) AS bigint), sum(Remembered)) FROM (
        SELECT ID, CASE WHEN Version IS NULL THEN "Offset" ELSE 0 END AS Bytes,
          num_nonnulls(Version) AS Remembered FROM added
        UNION ALL SELECT ID, CASE WHEN Version IS NULL THEN -"Offset" ELSE 0 END,
          -num_nonnulls(Version) FROM removed
      ) AS changes GROUP BY ID HAVING sum(Bytes) <> 0 OR sum(Remembered) <> 0 ORDER BY ID;
    RETURN NULL;
  END $$;
  CREATE FUNCTION count_uploads_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM count_for(ID, 0,
        -CAST(sum(CASE WHEN Version IS NULL THEN "Offset" ELSE 0 END) AS bigint), -count(Version)
      ) FROM removed GROUP BY ID ORDER BY ID;
    RETURN NULL;
  END $$;

  CREATE TRIGGER uploads_added AFTER INSERT ON uploads
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_uploads_added();
  CREATE TRIGGER uploads_changed AFTER UPDATE ON uploads
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_uploads_changed();
  CREATE TRIGGER uploads_removed AFTER DELETE ON uploads
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_uploads_removed();
`;
