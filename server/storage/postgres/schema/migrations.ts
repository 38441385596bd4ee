import { COUNTED_BY_STATEMENT } from "./counted_by_statement.ts";

/**
 * SQL that brings the schema from each version to the next; the first step makes version 1. A
 * released step is never changed; new steps are appended. Names of columns are quoted when a step
 * is run, as in every statement (`quotedSql()`).
 *
 * Times are ISO 8601 in UTC with milliseconds, as in SQLite, so that both are read by the same
 * code. Texts have the order of their bytes.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE clients (
    ID bytea NOT NULL PRIMARY KEY CHECK (length(ID) = 16),
    Name text COLLATE "C" NOT NULL UNIQUE,
    PublicKey bytea,
    LastSeen text COLLATE "C" NOT NULL,
    AESKey bytea CHECK (length(AESKey) IN (16, 24, 32)),
    Revision text NOT NULL,
    Files bigint NOT NULL DEFAULT 0,
    Bytes bigint NOT NULL DEFAULT 0,
    Protocol smallint NOT NULL DEFAULT 3 CHECK (Protocol IN (3, 4)),
    Quota bigint CHECK (Quota >= 0),
    RegisteredAt text,
    Remembered bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 80);

  CREATE TABLE files (
    ID bytea NOT NULL REFERENCES clients (ID),
    FileName text COLLATE "C" NOT NULL,
    NameKey text COLLATE "C" NOT NULL,
    PathName text COLLATE "C" NOT NULL,
    FoldedPath text COLLATE "C" NOT NULL,
    Verified smallint NOT NULL CHECK (Verified IN (0, 1)),
    Size bigint NOT NULL CHECK (Size >= 0),
    Checksum bigint NOT NULL CHECK (Checksum BETWEEN 0 AND 4294967295),
    StoredAt text NOT NULL,
    rowid bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (ID, FileName)
  ) WITH (fillfactor = 90);
  CREATE INDEX files_by_key ON files (ID, NameKey);

  CREATE TABLE devices (
    DeviceID bytea NOT NULL PRIMARY KEY CHECK (length(DeviceID) = 16),
    ID bytea NOT NULL REFERENCES clients (ID),
    PublicKey bytea NOT NULL CHECK (length(PublicKey) = 32),
    Label text NOT NULL,
    AddedAt text NOT NULL,
    LastUsed text,
    rowid bigint GENERATED ALWAYS AS IDENTITY,
    UNIQUE (ID, PublicKey)
  );

  CREATE TABLE tokens (
    Hash bytea NOT NULL PRIMARY KEY CHECK (length(Hash) = 32),
    TokenID bytea NOT NULL CHECK (length(TokenID) = 16),
    ID bytea NOT NULL REFERENCES clients (ID),
    DeviceID bytea NOT NULL,
    Scope text NOT NULL CHECK (Scope IN ('read', 'write', 'drop')),
    IssuedAt text COLLATE "C" NOT NULL,
    Expires text COLLATE "C" NOT NULL,
    Revoked smallint NOT NULL DEFAULT 0 CHECK (Revoked IN (0, 1)),
    ForgetAt text COLLATE "C" NOT NULL,
    rowid bigint GENERATED ALWAYS AS IDENTITY,
    UNIQUE (ID, TokenID)
  );
  CREATE INDEX tokens_that_hold ON tokens (ID, Expires) WHERE Revoked = 0;
  CREATE INDEX tokens_to_forget ON tokens (ForgetAt);

  CREATE TABLE invitations (
    Hash bytea NOT NULL PRIMARY KEY CHECK (length(Hash) = 32),
    Name text COLLATE "C",
    Quota bigint CHECK (Quota >= 0),
    Expires text COLLATE "C" NOT NULL,
    UsedBy bytea
  );

  CREATE TABLE device_offers (
    Sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    Hash bytea NOT NULL UNIQUE CHECK (length(Hash) = 32),
    ID bytea NOT NULL REFERENCES clients (ID),
    Expires text COLLATE "C" NOT NULL,
    UsedBy bytea
  );
  CREATE INDEX offers_of_client ON device_offers (ID);

  CREATE TABLE entries (
    EntryID bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ID bytea NOT NULL REFERENCES clients (ID),
    Parent bigint NOT NULL,
    Name text COLLATE "C" NOT NULL,
    NameKey text COLLATE "C" NOT NULL,
    Kind smallint NOT NULL CHECK (Kind IN (1, 2, 3)),
    Size bigint CHECK (Size >= 0),
    Tree bytea CHECK (length(Tree) = 32),
    Contents text COLLATE "C",
    Target text,
    MTime text,
    Mode integer CHECK (Mode BETWEEN 0 AND 4095),
    Version bigint NOT NULL,
    StoredAt text NOT NULL,
    UNIQUE (ID, Parent, NameKey),
    CHECK ((Kind = 1) = (Size IS NOT NULL AND Tree IS NOT NULL AND Contents IS NOT NULL)),
    CHECK ((Kind = 3) = (Target IS NOT NULL))
  ) WITH (fillfactor = 90);
  CREATE INDEX entries_folders ON entries (ID, Parent) WHERE Kind = 2;
  CREATE INDEX entries_removed ON entries (ID, Parent) WHERE Parent < 0;

  CREATE TABLE small_contents (
    Row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    Bytes bytea NOT NULL
  );
  ALTER TABLE small_contents ALTER Bytes SET STORAGE EXTERNAL;
  CREATE TABLE under_way (
    Key text COLLATE "C" NOT NULL PRIMARY KEY,
    Run bigint NOT NULL
  );
  CREATE INDEX under_way_of_run ON under_way (Run);
  CREATE TABLE garbage (
    Sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    Key text COLLATE "C" NOT NULL,
    Since text COLLATE "C" NOT NULL
  );

  CREATE TABLE uploads (
    UploadID text COLLATE "C" NOT NULL PRIMARY KEY,
    ID bytea NOT NULL REFERENCES clients (ID),
    Path text COLLATE "C" NOT NULL,
    PathKey text COLLATE "C" NOT NULL,
    Size bigint CHECK (Size >= 0),
    Tree bytea CHECK (length(Tree) = 32),
    MTime text,
    Mode integer CHECK (Mode BETWEEN 0 AND 4095),
    Contents text COLLATE "C",
    Offset bigint NOT NULL DEFAULT 0,
    Generation bigint NOT NULL DEFAULT 0,
    Run bigint NOT NULL,
    CreatedAt text COLLATE "C" NOT NULL,
    Expires text COLLATE "C" NOT NULL,
    Version bigint,
    Handle text,
    rowid bigint GENERATED ALWAYS AS IDENTITY,
    CHECK ((Contents IS NULL) = (Version IS NOT NULL))
  );
  CREATE INDEX uploads_under_way ON uploads (ID, PathKey) WHERE Version IS NULL;
  CREATE INDEX uploads_of_client ON uploads (ID, Expires);
  CREATE INDEX uploads_by_expiry ON uploads (Expires);
  CREATE INDEX uploads_by_contents ON uploads (Contents) WHERE Contents IS NOT NULL;
  CREATE TABLE upload_pieces (
    Contents text COLLATE "C" NOT NULL,
    Number integer NOT NULL CHECK (Number > 0),
    Start bigint NOT NULL CHECK (Start >= 0),
    Size bigint NOT NULL CHECK (Size > 0),
    Leaves bytea NOT NULL,
    Tag text NOT NULL,
    Key text COLLATE "C",
    PRIMARY KEY (Contents, Number)
  );
  CREATE TABLE content_place (
    Only integer PRIMARY KEY CHECK (Only = 1),
    Place text NOT NULL
  );

  -- What all servers share: keys by their names, and what may be used once.
  CREATE TABLE secrets (
    Name text COLLATE "C" NOT NULL PRIMARY KEY,
    Value text NOT NULL
  );
  CREATE TABLE used_once (
    What bytea NOT NULL PRIMARY KEY,
    UsedAt text COLLATE "C" NOT NULL
  );
  CREATE INDEX used_once_by_age ON used_once (UsedAt);

  -- What all clients have: the sum of these rows. Each connection adds to one of them, so that
  -- servers do not wait for each other.
  CREATE TABLE totals (
    Shard smallint NOT NULL PRIMARY KEY,
    Files bigint NOT NULL DEFAULT 0,
    Bytes bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 20);
  INSERT INTO totals (Shard) SELECT generate_series(0, 63);

  -- The numbers of servers; see SignOfLife.
  CREATE SEQUENCE server_numbers MAXVALUE 2147483647 CYCLE;

  CREATE FUNCTION count_for(_client bytea, _files bigint, _bytes bigint, _remembered bigint)
  RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    UPDATE clients SET Files = Files + _files, Bytes = Bytes + _bytes,
      Remembered = Remembered + _remembered WHERE ID = _client;
    UPDATE totals SET Files = Files + _files, Bytes = Bytes + _bytes
      WHERE Shard = pg_backend_pid() % 64;
  END $$;

  CREATE FUNCTION count_file() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
      PERFORM count_for(NEW.ID, 1, coalesce(NEW.Size, 0), 0);
    ELSIF TG_OP = 'DELETE' THEN
      PERFORM count_for(OLD.ID, -1, -coalesce(OLD.Size, 0), 0);
    ELSIF NEW.Size IS DISTINCT FROM OLD.Size THEN
      PERFORM count_for(NEW.ID, 0, coalesce(NEW.Size, 0) - coalesce(OLD.Size, 0), 0);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER file_counted AFTER INSERT OR UPDATE OR DELETE ON files
    FOR EACH ROW EXECUTE FUNCTION count_file();
  CREATE TRIGGER entry_counted AFTER INSERT OR UPDATE OR DELETE ON entries
    FOR EACH ROW EXECUTE FUNCTION count_file();

  CREATE FUNCTION count_upload() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    _bytes bigint := 0;
    _remembered bigint := 0;
  BEGIN
    IF TG_OP <> 'DELETE' THEN
      IF NEW.Version IS NULL THEN _bytes := NEW.Offset; ELSE _remembered := 1; END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
      IF OLD.Version IS NULL THEN _bytes := _bytes - OLD.Offset;
      ELSE _remembered := _remembered - 1; END IF;
    END IF;
    IF _bytes <> 0 OR _remembered <> 0 THEN
      PERFORM count_for(coalesce(NEW.ID, OLD.ID), 0, _bytes, _remembered);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER upload_counted AFTER INSERT OR UPDATE OR DELETE ON uploads
    FOR EACH ROW EXECUTE FUNCTION count_upload();
  `,
  `
  -- Failures, bans and registrations by address; see AddressRecords. Times in milliseconds.
  CREATE TABLE addresses (
    Address text COLLATE "C" NOT NULL PRIMARY KEY,
    Failures double precision NOT NULL,
    FailuresAt bigint NOT NULL,
    BannedUntil bigint NOT NULL,
    Names bigint NOT NULL,
    NamesSince bigint NOT NULL,
    ChangedAt bigint NOT NULL,
    Expires bigint NOT NULL
  ) WITH (fillfactor = 70);
  CREATE INDEX addresses_by_change ON addresses (ChangedAt);
  CREATE INDEX addresses_by_expiry ON addresses (Expires);
  `,
  COUNTED_BY_STATEMENT,
];
