import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/text/quoted.ts";
import type { Counters } from "../../observe/counters.ts";
import type { TlsIdentity } from "./served_protocol4.ts";

/** Milliseconds between two looks at the files of a certificate: those who renew it have days. */
const PAUSE = 60_000;

/** What a certificate that is renewed counts. */
export type CertificateCounter = "certificates-renewed" | "certificates-refused";

export interface RenewedCertificateOptions {
  /** The paths of the files. */
  readonly files: readonly string[];
  /** Reads the files. Throws an `Error` that says what is wrong with them. */
  readonly read: () => Promise<TlsIdentity>;
  /** Called with the certificate and its key after they have changed. */
  readonly use: (identity: TlsIdentity) => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counters: Counters<CertificateCounter>;
}

/**
 * Has a certificate used again when its files have changed, as they do when it is renewed: within a
 * minute, and at once when that is asked for. Files that cannot be used are refused with a line of
 * the log, and the certificate before stays.
 */
export class RenewedCertificate implements AsyncDisposable {
  readonly #options: RenewedCertificateOptions;
  #seen: string;
  #callOff: () => void;
  #looking: Promise<void> = Promise.resolve();
  #ended = false;

  private constructor(options: RenewedCertificateOptions, seen: string) {
    this.#options = options;
    this.#seen = seen;
    this.#callOff = this.#later();
  }

  /** Begins to look after files, which are in use as they are now. */
  static async watch(options: RenewedCertificateOptions): Promise<RenewedCertificate> {
    return new RenewedCertificate(options, await stateOf(options.files));
  }

  /** Looks at the files now, and reads them also if they seem to be the same. Never rejects. */
  look({ always }: { readonly always: boolean }): Promise<void> {
    return this.#looking = this.#looking.then(() => this.#look(always));
  }

  /** Ends to look after them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#callOff();
    await this.#looking;
  }

  #later(): () => void {
    return this.#options.clock.after(PAUSE, () => {
      void this.look({ always: false }).then(() => {
        if (!this.#ended) this.#callOff = this.#later();
      });
    });
  }

  async #look(always: boolean): Promise<void> {
    const { files, read, use, log, counters } = this.#options;
    // Before they are read: what changes meanwhile is found the next time.
    const seen = await stateOf(files);
    if (this.#ended || !always && seen === this.#seen) return;
    this.#seen = seen;
    try {
      use(await read());
      counters.add("certificates-renewed");
      log.info("Uses the renewed certificate in {files}", { files: files.join(", ") });
    } catch (error) {
      counters.add("certificates-refused");
      log.error("Cannot use the new certificate, the one before stays: {detail}", {
        detail: messageOf(error),
      });
    }
  }
}

/** Text that changes when one of the files does. */
async function stateOf(files: readonly string[]): Promise<string> {
  const states = files.map(async (path) => {
    try {
      const { mtime, size, ino } = await Deno.stat(path);
      return `${mtime?.getTime()} ${size} ${ino}`;
    } catch (error) {
      return messageOf(error);
    }
  });
  return (await Promise.all(states)).join("\n");
}
