import { type Quota, QuotaError, type QuotaReason, type Reservation } from "../../files/quota.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { Precondition, Tree } from "../../storage/trees/tree.ts";
import type { Client } from "../identity/authenticate.ts";

export interface QuotaParts {
  readonly quota: Quota;
  readonly tree: Pick<Tree, "entry">;
}

/** Something that is to be recorded, and needs space. */
export interface WantedEntry {
  readonly client: Pick<Client, "id" | "quota">;
  /** Its path in the tree. */
  readonly path: string;
  /** The bytes that are to come of it. */
  readonly size: number;
  /** Whether its bytes are stored and counted already: only its number is judged. Default: no. */
  readonly isStored?: boolean;
}

/** Reserved space, and on which condition to record what it is for. */
export interface ReservedEntry {
  readonly reservation: Reservation;
  readonly precondition: Precondition | undefined;
}

/** What is to be recorded takes the place of something. */
export const REPLACES: Precondition = { kind: "any" };

/** Refusals of one more file; one that takes the place of another may be recorded still. */
const OF_FILES: ReadonlySet<QuotaReason> = new Set<QuotaReason>([
  "client-files-exceeded",
  "server-files-exceeded",
]);

/**
 * Does `work` with space reserved for one more entry, or for one in the place of another where no
 * more are allowed. Throws a `QuotaError`, and what `work` throws.
 */
export async function withReservation<T>(
  parts: QuotaParts,
  { precondition, ...wanted }: WantedEntry & {
    /** What the client expects at the path. */
    readonly precondition: Precondition | undefined;
  },
  work: (reserved: ReservedEntry) => Promise<T>,
): Promise<T> {
  const { reservation, refused } = await reserveAt(parts, wanted);
  if (typeof reservation === "string") throw new QuotaError(reservation, "No room for the entry");
  using _reservation = reservation;
  if (refused === undefined || precondition !== undefined) {
    return await work({ reservation, precondition });
  }
  try {
    return await work({ reservation, precondition: REPLACES });
  } catch (error) {
    throw quotaErrorOr(error, refused);
  }
}

/**
 * Reserves space for one more entry. Where no more are allowed, `refused` says so, and there may be
 * room in the place of what is at the path: `REPLACES` has to be a condition of the transaction
 * then, since another request may move away or remove meanwhile what is there.
 */
export async function reserveAt(
  { quota, tree }: QuotaParts,
  { client, path, size, isStored = false }: WantedEntry,
): Promise<{ readonly reservation: Reservation | QuotaReason; readonly refused?: QuotaReason }> {
  const of = { clientId: client.id, clientBytes: client.quota, size, isStored };
  const reservation = await quota.reserve({ ...of, files: 1 });
  if (typeof reservation !== "string" || !OF_FILES.has(reservation)) return { reservation };
  if (await tree.entry(client.id, path) === undefined) return { reservation };
  return { reservation: await quota.reserve({ ...of, files: 0 }), refused: reservation };
}

/** The refusal of what was to replace something that is there no more; else the result as it is. */
export function quotaErrorOr<T>(result: T, refused: QuotaReason): T | QuotaError {
  if (!(result instanceof StorageError) || result.reason !== "precondition-failed") return result;
  return new QuotaError(refused, "What it was to replace is not there any more");
}
