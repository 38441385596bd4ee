import { messageOf } from "../../../shared/text/quoted.ts";
import type { DatabaseAddress } from "../database_address.ts";
import { StorageError } from "../storage_error.ts";

/** Reads the certificates that an address names, in PEM. Throws a `StorageError`. */
export async function readAuthorities(
  { authorities }: DatabaseAddress,
): Promise<string | undefined> {
  if (authorities === undefined) return undefined;
  try {
    return await Deno.readTextFile(authorities);
  } catch (error) {
    const path = JSON.stringify(authorities);
    throw new StorageError(
      "database-address",
      `Could not read the certificates of sslrootcert, ${path}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
