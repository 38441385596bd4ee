import type { Clock } from "../../../shared/clock.ts";
import type { SharedSecrets } from "../shared_secrets.ts";
import { get, type RowDatabase, run, type Work } from "../sql/work.ts";

/** What the servers of a PostgreSQL share, in its tables `secrets` and `used_once`. */
export class PostgresSecrets implements SharedSecrets {
  readonly date: Clock["date"];
  readonly #database: RowDatabase;

  constructor(database: RowDatabase, { date }: Pick<Clock, "date">) {
    this.#database = database;
    this.date = date;
  }

  kept(name: string): Promise<string | undefined> {
    return this.#database.read(() => keptText(name));
  }

  async keep(name: string, text: string): Promise<string> {
    const kept = await this.#database.write(function* () {
      const insert = "INSERT INTO secrets (Name, Value) VALUES (?, ?) ON CONFLICT DO NOTHING";
      yield* run(insert, name, text);
      return yield* keptText(name);
    }, { of: [`secret ${name}`] });
    return kept ?? text;
  }

  change(name: string, from: string, to: string): Promise<boolean> {
    return this.#database.write(function* () {
      const update = "UPDATE secrets SET Value = ? WHERE Name = ? AND Value = ?";
      return (yield* run(update, to, name, from)) === 1;
    }, { of: [`secret ${name}`] });
  }

  useOnce(what: Uint8Array, milliseconds: number): Promise<boolean> {
    const now = this.date();
    const before = new Date(now.getTime() - milliseconds).toISOString();
    return this.#database.write(function* () {
      yield* run(
        "DELETE FROM used_once WHERE What IN (SELECT What FROM used_once WHERE UsedAt < ?" +
          " ORDER BY UsedAt LIMIT 100 FOR UPDATE SKIP LOCKED)",
        before,
      );
      const insert = "INSERT INTO used_once (What, UsedAt) VALUES (?, ?) ON CONFLICT DO NOTHING";
      return (yield* run(insert, what, now.toISOString())) === 1;
    }, { of: [] });
  }
}

function* keptText(name: string): Work<string | undefined> {
  const select = "SELECT Value FROM secrets WHERE Name = ?";
  return (yield* get<{ readonly Value: string }>(select, name))?.Value;
}
