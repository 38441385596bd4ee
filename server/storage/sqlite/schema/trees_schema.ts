/**
 * The sixth step of the schema: accounts with their devices, tokens and invitations, trees of
 * files, contents by key, and resumable uploads.
 *
 * All entries, folders and links too, and their bytes count in the counters of `clients` and
 * `totals`, beside those of `files`; so do the bytes of uploads that are not committed.
 */
export const TREES_SCHEMA = `
  ALTER TABLE clients ADD COLUMN Protocol INTEGER NOT NULL DEFAULT 3 CHECK (Protocol IN (3, 4));
  ALTER TABLE clients ADD COLUMN Quota INTEGER CHECK (Quota >= 0);
  ALTER TABLE clients ADD COLUMN RegisteredAt TEXT;
  ALTER TABLE clients ADD COLUMN Remembered INTEGER NOT NULL DEFAULT 0;

  CREATE TABLE devices (
    DeviceID BLOB NOT NULL PRIMARY KEY CHECK (length(DeviceID) = 16),
    ID BLOB NOT NULL REFERENCES clients (ID),
    PublicKey BLOB NOT NULL CHECK (length(PublicKey) = 32),
    Label TEXT NOT NULL,
    AddedAt TEXT NOT NULL,
    LastUsed TEXT,
    UNIQUE (ID, PublicKey)
  ) STRICT;

  CREATE TABLE tokens (
    Hash BLOB NOT NULL PRIMARY KEY CHECK (length(Hash) = 32),
    TokenID BLOB NOT NULL CHECK (length(TokenID) = 16),
    ID BLOB NOT NULL REFERENCES clients (ID),
    DeviceID BLOB NOT NULL,
    Scope TEXT NOT NULL CHECK (Scope IN ('read', 'write', 'drop')),
    IssuedAt TEXT NOT NULL,
    Expires TEXT NOT NULL,
    Revoked INTEGER NOT NULL DEFAULT 0 CHECK (Revoked IN (0, 1)),
    ForgetAt TEXT NOT NULL,
    UNIQUE (ID, TokenID)
  ) STRICT;
  CREATE INDEX tokens_that_hold ON tokens (ID, Expires) WHERE Revoked = 0;
  CREATE INDEX tokens_to_forget ON tokens (ForgetAt);

  CREATE TABLE invitations (
    Hash BLOB NOT NULL PRIMARY KEY CHECK (length(Hash) = 32),
    Name TEXT,
    Quota INTEGER CHECK (Quota >= 0),
    Expires TEXT NOT NULL,
    UsedBy BLOB
  ) STRICT;

  CREATE TABLE device_offers (
    Sequence INTEGER PRIMARY KEY,
    Hash BLOB NOT NULL UNIQUE CHECK (length(Hash) = 32),
    ID BLOB NOT NULL REFERENCES clients (ID),
    Expires TEXT NOT NULL,
    UsedBy BLOB
  ) STRICT;
  CREATE INDEX offers_of_client ON device_offers (ID);

  CREATE TABLE entries (
    EntryID INTEGER PRIMARY KEY,
    ID BLOB NOT NULL REFERENCES clients (ID),
    Parent INTEGER NOT NULL,
    Name TEXT NOT NULL,
    NameKey TEXT NOT NULL,
    Kind INTEGER NOT NULL CHECK (Kind IN (1, 2, 3)),
    Size INTEGER CHECK (Size >= 0),
    Tree BLOB CHECK (length(Tree) = 32),
    Contents TEXT,
    Target TEXT,
    MTime TEXT,
    Mode INTEGER CHECK (Mode BETWEEN 0 AND 4095),
    Version INTEGER NOT NULL,
    StoredAt TEXT NOT NULL,
    UNIQUE (ID, Parent, NameKey),
    CHECK ((Kind = 1) = (Size IS NOT NULL AND Tree IS NOT NULL AND Contents IS NOT NULL)),
    CHECK ((Kind = 3) = (Target IS NOT NULL))
  ) STRICT;
  CREATE INDEX entries_folders ON entries (ID, Parent) WHERE Kind = 2;
  CREATE INDEX entries_removed ON entries (Parent) WHERE Parent < 0;

  CREATE TABLE small_contents (
    Row INTEGER PRIMARY KEY AUTOINCREMENT,
    Bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE under_way (
    Key TEXT NOT NULL PRIMARY KEY,
    Run INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE garbage (
    Sequence INTEGER PRIMARY KEY,
    Key TEXT NOT NULL,
    Since TEXT NOT NULL
  ) STRICT;

  CREATE TABLE uploads (
    UploadID TEXT NOT NULL PRIMARY KEY,
    ID BLOB NOT NULL REFERENCES clients (ID),
    Path TEXT NOT NULL,
    PathKey TEXT NOT NULL,
    Size INTEGER CHECK (Size >= 0),
    Tree BLOB CHECK (length(Tree) = 32),
    MTime TEXT,
    Mode INTEGER CHECK (Mode BETWEEN 0 AND 4095),
    Contents TEXT,
    Offset INTEGER NOT NULL DEFAULT 0,
    Generation INTEGER NOT NULL DEFAULT 0,
    Run INTEGER NOT NULL,
    CreatedAt TEXT NOT NULL,
    Expires TEXT NOT NULL,
    Version INTEGER,
    CHECK ((Contents IS NULL) = (Version IS NOT NULL))
  ) STRICT;
  CREATE INDEX uploads_under_way ON uploads (ID, PathKey) WHERE Version IS NULL;
  CREATE INDEX uploads_of_client ON uploads (ID, Expires);
  CREATE INDEX uploads_by_expiry ON uploads (Expires);

  CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
    UPDATE clients SET Files = Files + 1, Bytes = Bytes + coalesce(NEW.Size, 0)
      WHERE ID = NEW.ID;
    UPDATE totals SET Files = Files + 1, Bytes = Bytes + coalesce(NEW.Size, 0);
  END;
  CREATE TRIGGER entry_changed AFTER UPDATE OF ID, Size ON entries BEGIN
    UPDATE clients SET Files = Files - 1, Bytes = Bytes - coalesce(OLD.Size, 0)
      WHERE ID = OLD.ID;
    UPDATE clients SET Files = Files + 1, Bytes = Bytes + coalesce(NEW.Size, 0)
      WHERE ID = NEW.ID;
    UPDATE totals SET Bytes = Bytes - coalesce(OLD.Size, 0) + coalesce(NEW.Size, 0);
  END;
  CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
    UPDATE clients SET Files = Files - 1, Bytes = Bytes - coalesce(OLD.Size, 0)
      WHERE ID = OLD.ID;
    UPDATE totals SET Files = Files - 1, Bytes = Bytes - coalesce(OLD.Size, 0);
  END;
  CREATE TRIGGER upload_grown AFTER UPDATE OF Offset, Version ON uploads BEGIN
    UPDATE clients SET
      Bytes = Bytes - iif(OLD.Version IS NULL, OLD.Offset, 0)
        + iif(NEW.Version IS NULL, NEW.Offset, 0),
      Remembered = Remembered - (OLD.Version IS NOT NULL) + (NEW.Version IS NOT NULL)
      WHERE ID = NEW.ID;
    UPDATE totals SET Bytes = Bytes - iif(OLD.Version IS NULL, OLD.Offset, 0)
      + iif(NEW.Version IS NULL, NEW.Offset, 0);
  END;
  CREATE TRIGGER upload_removed AFTER DELETE ON uploads BEGIN
    UPDATE clients SET
      Bytes = Bytes - iif(OLD.Version IS NULL, OLD.Offset, 0),
      Remembered = Remembered - (OLD.Version IS NOT NULL)
      WHERE ID = OLD.ID;
    UPDATE totals SET Bytes = Bytes - iif(OLD.Version IS NULL, OLD.Offset, 0);
  END;
`;
