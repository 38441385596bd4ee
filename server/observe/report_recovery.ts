import type { Logger } from "@logtape/logtape";
import type { Finding } from "../storage/versions/committer.ts";
import { messageOf } from "../../shared/text/quoted.ts";

/** Maximum files of one kind with a line each: if a whole disk is missing, all are alike. */
const MOST_NAMED = 100;

/** Findings whose files are named in the log. */
type NamedKind = "withdrawn" | "missing" | "wrong-size";

/**
 * Logs the findings of a recovery as they come. Logs nothing above the level "debug" if there are
 * none. Resolves when the recovery has ended, successfully or not.
 */
export async function reportRecovery(findings: AsyncIterable<Finding>, log: Logger): Promise<void> {
  const report = new Report(log);
  try {
    for await (const finding of findings) report.add(finding);
  } catch (error) {
    report.add({ kind: "failed", error });
  }
  report.end();
}

class Report {
  readonly #log: Logger;
  readonly #named = new Map<NamedKind, number>();
  #recorded = 0;
  #restored = 0;
  /** Names of versions that were not stored, until the settlement is reported. */
  #withdrawn: string[] | undefined = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  add(finding: Finding): void {
    switch (finding.kind) {
      case "recorded":
        this.#recorded += 1;
        break;
      case "restored":
        this.#restored += 1;
        break;
      case "withdrawn":
      case "lost":
        this.#addWithdrawn(finding.file.fileName);
        break;
      case "settled":
        this.#settled(finding.swept);
        break;
      case "failed":
        this.#failed(finding.error);
        break;
      case "missing":
        if (this.#isNamed("missing")) {
          this.#log.error("The catalog has {file} on record, but its contents are missing", {
            file: finding.file.fileName,
          });
        }
        break;
      case "wrong-size":
        if (this.#isNamed("wrong-size")) {
          this.#log.error(
            "The contents of {file} are not the {size} bytes that the catalog has on record",
            { file: finding.file.fileName, size: finding.file.size },
          );
        }
        break;
      case "looked-up":
        this.#log.debug("Looked up {count} files on record", { count: finding.files });
    }
  }

  /** Logs the findings that have no line each. */
  end(): void {
    this.#warnOfWithdrawn();
    const texts = {
      withdrawn: "An earlier run ended before {count} more files were stored",
      missing: "The contents of {count} more files are missing",
      "wrong-size": "The contents of {count} more files have another size than is on record",
    };
    for (const [kind, found] of this.#named) {
      if (found <= MOST_NAMED) continue;
      const count = found - MOST_NAMED;
      if (kind === "withdrawn") this.#log.warn(texts[kind], { count });
      else this.#log.error(texts[kind], { count });
    }
  }

  #addWithdrawn(fileName: string): void {
    if (!this.#isNamed("withdrawn")) return;
    if (this.#withdrawn === undefined) this.#warnOf(fileName);
    else this.#withdrawn.push(fileName);
  }

  #settled(swept: number): void {
    const log = this.#log;
    if (swept > 0) {
      log.info("Removed {count} unfinished uploads of an earlier run", { count: swept });
    }
    if (this.#recorded > 0) {
      log.info("Recorded {count} files that were stored when an earlier run ended", {
        count: this.#recorded,
      });
    }
    if (this.#restored > 0) {
      log.info("Put {count} files in their place again that an earlier run had no time to sync", {
        count: this.#restored,
      });
    }
    this.#warnOfWithdrawn();
  }

  #warnOfWithdrawn(): void {
    for (const fileName of this.#withdrawn ?? []) this.#warnOf(fileName);
    this.#withdrawn = undefined;
  }

  #warnOf(fileName: string): void {
    this.#log.warn(
      "An earlier run ended before {file} was stored; the older version, if any, counts",
      { file: fileName },
    );
  }

  #failed(error: unknown): void {
    const detail = messageOf(error);
    this.#log.error("Cannot settle what an earlier run left: {detail}", { detail });
  }

  #isNamed(kind: NamedKind): boolean {
    const found = (this.#named.get(kind) ?? 0) + 1;
    this.#named.set(kind, found);
    return found <= MOST_NAMED;
  }
}
