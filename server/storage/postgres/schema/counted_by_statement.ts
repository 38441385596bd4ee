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

  ${triggersOf("files", "stored")}
  ${triggersOf("entries", "stored")}

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

  ${triggersOf("uploads", "uploads")}
`;

/** Triggers that have the rows of a table counted by the functions of that name. */
function triggersOf(table: string, counted: string): string {
  return `
  CREATE TRIGGER ${table}_added AFTER INSERT ON ${table}
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_${counted}_added();
  CREATE TRIGGER ${table}_changed AFTER UPDATE ON ${table}
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_${counted}_changed();
  CREATE TRIGGER ${table}_removed AFTER DELETE ON ${table}
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_${counted}_removed();
  `;
}
