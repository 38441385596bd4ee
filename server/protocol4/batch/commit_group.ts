import type { ProblemError } from "../../../shared/protocol4/problem.ts";
import { type Quota, QuotaError, type QuotaReason } from "../../files/quota.ts";
import type { Recorded, Tree } from "../../storage/trees/tree.ts";
import { madeBefore } from "../files/repeated_change.ts";
import { quotaErrorOr, REPLACES, reserveAt } from "../files/reserve_at.ts";
import { problemFor } from "../http/answers.ts";
import type { Client } from "../identity/authenticate.ts";
import type { PendingEntry } from "./pending_group.ts";

export interface CommitGroupParts {
  readonly tree: Tree;
  readonly quota: Quota;
}

/** What became of a group. */
export interface GroupResult {
  /** Ids of entries that are recorded and on the disk. */
  readonly done: readonly number[];
  readonly refused: readonly { readonly id: number; readonly problem: ProblemError }[];
  /** The number of files among them, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}

/** Records the entries of a group in one transaction, with one sync. Never rejects. */
export async function commitGroup(
  { tree, quota }: CommitGroupParts,
  { client, entries }: { readonly client: Client; readonly entries: readonly PendingEntry[] },
): Promise<GroupResult> {
  const results = new Map<PendingEntry, Recorded | Error>();
  const refuse = (entry: PendingEntry, error: unknown): undefined => {
    results.set(entry, error instanceof Error ? error : new Error(String(error)));
  };
  using reservations = new DisposableStack();
  try {
    const reserved = await reservedEntries({ tree, quota }, {
      client,
      entries,
      reservations,
      refuse,
    });
    // Contents that are too large for the database are synced side by side.
    const made = await Promise.all(reserved.map(async ({ entry, refused }) => {
      try {
        const change = await entry.change();
        const replaces = refused !== undefined && change.precondition === undefined;
        const conditions = replaces ? { precondition: REPLACES } : {};
        return { entry, change: { ...change, ...conditions }, ...(replaces && { refused }) };
      } catch (error) {
        return refuse(entry, error);
      }
    }));
    const ready = made.filter((each) => each !== undefined);
    const recorded = await tree.recordAll(client.id, ready.map(({ change }) => change));
    for (const [at, { entry, change, refused }] of ready.entries()) {
      const result = recorded[at] ?? new Error("No result");
      const made = await madeBefore(result, { tree, clientId: client.id, change }) ?? result;
      results.set(entry, refused === undefined ? made : quotaErrorOr(made, refused));
    }
  } catch (error) {
    for (const entry of entries) if (!results.has(entry)) refuse(entry, error);
  }
  return summary(entries, results);
}

function summary(
  entries: readonly PendingEntry[],
  results: ReadonlyMap<PendingEntry, Recorded | Error>,
): GroupResult {
  const done: number[] = [];
  const refused: { id: number; problem: ProblemError }[] = [];
  let [files, bytes] = [0, 0];
  for (const entry of entries) {
    const result = results.get(entry);
    if (result === undefined || result instanceof Error) {
      refused.push({ id: entry.id, problem: problemFor(result) });
      continue;
    }
    done.push(entry.id);
    if (result.entry.kind !== "file") continue;
    files += 1;
    bytes += entry.size;
  }
  return { done, refused, files, bytes };
}

/** An entry for which there is room. */
interface EntryWithSpace {
  readonly entry: PendingEntry;
  /** Why there is room only in the place of what is at its path. */
  readonly refused?: QuotaReason;
}

/** The entries for which there is room: asked for all at once, and one by one if that fails. */
async function reservedEntries(
  { tree, quota }: CommitGroupParts,
  { client, entries, reservations, refuse }: {
    readonly client: Client;
    readonly entries: readonly PendingEntry[];
    /** Keeps the reservations until the group is recorded. */
    readonly reservations: DisposableStack;
    readonly refuse: (entry: PendingEntry, error: unknown) => void;
  },
): Promise<readonly EntryWithSpace[]> {
  const of = { clientId: client.id, clientBytes: client.quota };
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  const all = await quota.reserve({ ...of, size, files: entries.length });
  if (typeof all !== "string") {
    reservations.use(all);
    return entries.map((entry) => ({ entry }));
  }
  const reserved: EntryWithSpace[] = [];
  for (const entry of entries) {
    const wanted = { client, path: entry.path, size: entry.size };
    const { reservation, refused } = await reserveAt({ quota, tree }, wanted);
    if (typeof reservation === "string") {
      refuse(entry, new QuotaError(reservation, `No room for ${entry.size} bytes`));
      continue;
    }
    reservations.use(reservation);
    reserved.push({ entry, ...(refused !== undefined && { refused }) });
  }
  return reserved;
}
