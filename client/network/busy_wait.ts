import { ClientError } from "../client_error.ts";

/** Waits for a server that refuses one piece of work as busy. */
export interface BusyRetry {
  /** Waits before another try, and tells of it; resolves with false if there is to be none. */
  wait(error: ClientError): Promise<boolean>;
  /** To be called when the work goes on. */
  ended(): void;
  /** To be called when it is given up. */
  gaveUp(): void;
}

/** Reasons of refusals that may pass: the server has too much to do, or its storage is away. */
const BUSY: ReadonlySet<string> = new Set(["server-busy", "server-stopping", "too-many-requests"]);

/** Whether the server has refused something that it may take later. */
export function isBusy(error: unknown): error is ClientError {
  return error instanceof ClientError && BUSY.has(error.reason);
}

/**
 * Waits after failures of one piece of work for as long as its server may be busy. The waits of one
 * outage share a limit; what is done meanwhile begins another one.
 */
export class BusyWait {
  readonly #busyRetry: (() => BusyRetry) | undefined;
  #waiting: BusyRetry | undefined;

  /** Without `busyRetry`, a server that is busy is not waited for. */
  constructor(busyRetry: (() => BusyRetry) | undefined) {
    this.#busyRetry = busyRetry;
  }

  /**
   * Waits, if the error is that of a busy server; resolves with false if it is another one. Throws
   * the error when the time is over. `isFurther`: whether something was done since the last one.
   */
  async after(error: unknown, isFurther: boolean): Promise<boolean> {
    if (isFurther) this.ended();
    if (this.#busyRetry === undefined || !isBusy(error)) return false;
    this.#waiting ??= this.#busyRetry();
    if (await this.#waiting.wait(error)) return true;
    throw error;
  }

  /** To be called when the work goes on. */
  ended(): void {
    this.#waiting?.ended();
    this.#waiting = undefined;
  }

  /** To be called when it is given up. */
  gaveUp(): void {
    this.#waiting?.gaveUp();
    this.#waiting = undefined;
  }
}
