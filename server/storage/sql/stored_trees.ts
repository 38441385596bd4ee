import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { EntryRow } from "./entries/entry_rows.ts";
import { all, type Work } from "./work.ts";

/** Who has files. */
export interface StoredClient {
  readonly id: ClientId;
  readonly name: string;
  /** 3 or 4: by which protocol it has registered. */
  readonly protocol: number;
}

/** Returns up to `limit` clients behind one of them, in order. */
export function* clientsAfter(
  last: ClientId | undefined,
  limit: number,
): Work<readonly StoredClient[]> {
  const rows = yield* all<
    { readonly ID: ClientId; readonly Name: string; readonly Protocol: number }
  >(
    "SELECT ID, Name, Protocol FROM clients WHERE ID > ? ORDER BY ID LIMIT ?",
    ...[last ?? new Uint8Array(), limit],
  );
  return rows.map(({ ID: id, Name: name, Protocol: protocol }) => ({ id, name, protocol }));
}

/** Returns up to `limit` entries of a folder behind a key of a name, in the order of these keys. */
export function* childrenAfter(
  { clientId, parent, after }: {
    readonly clientId: ClientId;
    /** The number of the folder; `ROOT`. */
    readonly parent: number;
    readonly after: string;
  },
  limit: number,
): Work<readonly EntryRow[]> {
  return yield* all<EntryRow>(
    "SELECT * FROM entries WHERE ID = ? AND Parent = ? AND NameKey > ? ORDER BY NameKey LIMIT ?",
    ...[clientId, parent, after, limit],
  );
}
