import type { Logger } from "@logtape/logtape";
import { RequestParser } from "../../shared/protocol/request_parser.ts";
import { isRevisionName, type RevisionName } from "../../shared/protocol/revision.ts";
import { Conversation } from "../conversation/conversation.ts";
import type { Services } from "../conversation/services.ts";
import { TimeoutError, withDeadline } from "./deadline.ts";

/** Bytes asked for in one read. */
const READ_SIZE = 64 * 1024;

/** Milliseconds without a byte after which a connection is closed. */
const IDLE_LIMIT = 120_000;

/** Milliseconds in which a client has to take a reply. */
const SEND_LIMIT = 30_000;

/** Milliseconds of silence after which a `crcRetry` is acknowledged (protocol-3, "Revisions"). */
const SILENCE = 400;

/** How much is read, and for how long, after the server's last word, before the connection is closed. */
const DRAIN = { bytes: 64 * 1024 * 1024, milliseconds: 3_000 } as const;

/** What a connection needs to be served. */
export interface ConnectionOptions extends Services {
  /** The revision that its listener is set to. */
  readonly revision: RevisionName | "auto";
  /** The most bytes that a plain file may have. */
  readonly maxFileSize: number;
  /** Logs with the connection's id on each line. */
  readonly log: Logger;
  /** Aborted when the server is to stop: what is under way may finish, nothing else begins. */
  readonly stopping: AbortSignal;
  /** Aborted when it has to stop now. */
  readonly ending: AbortSignal;
}

/** Serves one connection to its end, and closes it. Never rejects. */
export async function serveConnection(conn: Deno.Conn, options: ConnectionOptions): Promise<void> {
  const { log, catalog, counters, stopping, ending } = options;
  const parser = new RequestParser({
    revision: options.revision,
    maxFileSize: options.maxFileSize,
    askRecord: true,
  });
  const send = async (bytes: Uint8Array) => {
    for (let rest = bytes; rest.byteLength > 0;) {
      const wait = conn.write(rest);
      rest = rest.subarray(await withDeadline(conn, { limit: SEND_LIMIT, wait }));
    }
  };
  const conversation = new Conversation({ send, log }, options);

  let handling = false;
  const stop = () => {
    if (ending.aborted || !handling && !conversation.transferring) close(conn);
  };
  stopping.addEventListener("abort", stop);
  ending.addEventListener("abort", stop);

  const buffer = new Uint8Array(READ_SIZE);
  let clean = false;
  try {
    while (!stopping.aborted || conversation.transferring) {
      const wait = conn.read(buffer);
      // Should sending fail while this read is under way, nobody would be left to hear of its end.
      wait.catch(() => {});
      if (conversation.answersSilence) await afterSilence(wait, () => conversation.silence());
      const size = await withDeadline(conn, { limit: IDLE_LIMIT, wait });
      if (size === null) break;
      handling = true;
      parser.push(buffer.subarray(0, size));
      for (let event = parser.next(); event !== undefined; event = parser.next()) {
        if (event.type === "unsettled") {
          const record = await catalog.client(event.clientId).catch(() => undefined);
          const name = record?.revision ?? "";
          parser.settle(isRevisionName(name) ? name : undefined);
        } else {
          await conversation.handle(event);
        }
      }
      handling = false;
      if (parser.lost) break;
    }
    const fault = parser.end();
    clean = fault === undefined && !stopping.aborted;
    if (fault !== undefined) {
      counters.add(`refused.${fault.reason}`);
      log.warn("{detail}", { reason: fault.reason, detail: fault.message });
    }
    await finish(conn);
  } catch (error) {
    clean = !parser.midRequest && !stopping.aborted;
    reportEnd(error, options);
  } finally {
    stopping.removeEventListener("abort", stop);
    ending.removeEventListener("abort", stop);
    await conversation.end({ clean }).catch((error) =>
      log.error("Cannot clean up after the connection: {error}", { error })
    );
    close(conn);
  }
}

/** Runs `act` when `wait` is still unsettled after the silence that it stands for. */
async function afterSilence(wait: Promise<unknown>, act: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), SILENCE);
  });
  const silent = await Promise.race([silence, wait.then(() => false, () => false)]);
  clearTimeout(timer);
  if (silent) await act();
}

/**
 * Ends a connection so that the last reply arrives: a close with unread input may destroy it on its
 * way (protocol-3, decision 9).
 */
async function finish(conn: Deno.Conn): Promise<void> {
  try {
    await conn.closeWrite();
    const buffer = new Uint8Array(READ_SIZE);
    const end = performance.now() + DRAIN.milliseconds;
    for (let drained = 0; drained < DRAIN.bytes;) {
      const limit = end - performance.now();
      if (limit <= 0) return;
      const size = await withDeadline(conn, { limit, wait: conn.read(buffer) });
      if (size === null) return;
      drained += size;
    }
  } catch {
    // The client is gone, or in no hurry to go: either way there is nobody left to talk to.
  }
}

function reportEnd(error: unknown, { log, counters, stopping }: ConnectionOptions): void {
  if (error instanceof TimeoutError) {
    counters.add("refused.timeout");
    log.warn("Closed the connection: {detail}", { reason: "timeout", detail: error.message });
  } else if (stopping.aborted) {
    log.info("Closed the connection because the server is stopping");
  } else if (isLoss(error)) {
    counters.add("connections-lost");
    log.info("The connection was lost: {detail}", {
      detail: error instanceof Error ? error.message : String(error),
    });
  } else {
    counters.add("refused.internal-error");
    log.error("The connection failed: {error}", { reason: "internal-error", error });
  }
}

function isLoss(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.TimedOut;
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}
