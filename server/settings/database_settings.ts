import { duration, type Kind, path, ValueError } from "../../shared/settings/kind.ts";
import { DAY } from "../../shared/settings/quantity.ts";
import { type Environment, optional, setting } from "../../shared/settings/setting.ts";
import { messageOf } from "../../shared/text/quoted.ts";
import { isPostgresAddress, parseDatabaseAddress } from "../storage/access/database_address.ts";
import { DATABASE_TIMEOUT } from "../storage/access/database_times.ts";
import { StartupError } from "./startup_error.ts";

const PATH = path("PATH", { creates: true });

/** The address of a PostgreSQL. */
export const postgresAddress: Kind<string> = {
  metavar: "ADDRESS",
  completion: [],
  format: String,
  read(text) {
    if (!isPostgresAddress(text)) {
      throw new ValueError("Expected the address of a PostgreSQL, postgres://USER@HOST/NAME");
    }
    try {
      parseDatabaseAddress(text);
    } catch (error) {
      throw new ValueError(messageOf(error), { cause: error });
    }
    return text;
  },
};

/** A path, or the address of a PostgreSQL. */
const databasePlace: Kind<string> = {
  ...PATH,
  read: (text) => isPostgresAddress(text) ? postgresAddress.read(text) : PATH.read(text),
};

/** The settings of the database. */
export const DATABASE = {
  database: optional("--database", databasePlace, {
    help: "The SQLite database, or :memory: for one that ends with the server (default: " +
      "defensive.db in the data folder); with --store also a PostgreSQL, " +
      "postgres://USER@HOST/NAME, whose password is in SEALPOST_DATABASE_PASSWORD",
  }),
  databaseDirect: optional("--database-direct", postgresAddress, {
    help: "Another address of the PostgreSQL of --database, which passes a pooler by: for what a " +
      "session has to keep, while all else goes by way of the pooler",
  }),
  databasePasswordFile: optional("--database-password-file", path("FILE"), {
    help: "A file with the password for the PostgreSQL of --database, on its first line",
  }),
  databaseTimeout: setting("--database-timeout", duration(1_000, DAY), {
    help: "How long anything waits for the PostgreSQL of --database, all in all; a statement may " +
      "take five twelfths of it, and connecting a third",
    fallback: DATABASE_TIMEOUT,
  }),
};

/** The variable that has the password of a database. */
const PASSWORD = "SEALPOST_DATABASE_PASSWORD";

/**
 * Reads the password for a database, from the file if there is one, else from the variable.
 * Returns undefined if there is none, which some databases do not need. Throws a `StartupError`
 * that has nothing of it.
 */
export async function readDatabasePassword(
  file: string | undefined,
  env: Environment,
): Promise<string | undefined> {
  if (file === undefined) return env(PASSWORD);
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    throw new StartupError(
      `Could not read the password of --database-password-file: ${messageOf(error)}`,
      { cause: error },
    );
  }
  const [password = ""] = text.split(/\r?\n/);
  if (password !== "") return password;
  throw new StartupError(`${JSON.stringify(file)} has no password on its first line`);
}
