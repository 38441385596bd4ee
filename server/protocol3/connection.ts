import type { Logger } from "@logtape/logtape";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import { Profile } from "../../shared/protocol3/parsing/profile.ts";
import type { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import { isRevisionName, type RevisionName } from "../../shared/protocol3/revision.ts";
import { Conversation } from "./conversation.ts";
import type { Services } from "../files/services.ts";
import type { Place } from "../listening/admission.ts";
import { Pace } from "../listening/pace.ts";
import { Refusal } from "../files/refusal.ts";
import { shareOf } from "./share.ts";
import { TimeoutError, withDeadline } from "../listening/deadline.ts";

/** Bytes asked for in one read; up to the share of an upload while much content is still to come. */
const READ_SIZE = 64 * 1024;

/** Milliseconds in which a client has to take a reply. */
const SEND_LIMIT = 30_000;

/** How much is read, and for how long, after the server's last word, before the connection is closed. */
const DRAIN = { bytes: 64 * 1024 * 1024, milliseconds: 3_000 } as const;

/** What a connection needs to be served. */
export interface ConnectionOptions extends Services {
  /** The revision that its listener is set to. */
  readonly revision: RevisionName | "auto";
  /** Refuses all deviations from the letter of the protocol. */
  readonly strict: boolean;
  /** Logs with the connection's id on each line. */
  readonly log: Logger;
  /** The connection's place in the server; given up at its end. */
  readonly place: Place;
  /** Aborted, with an `AdmissionReason`, when the connection has to make room for another. */
  readonly evicted: AbortSignal;
  /** Aborted when the server is to stop: what is under way may finish, nothing else begins. */
  readonly stopping: AbortSignal;
  /** Aborted when it has to stop now. */
  readonly ending: AbortSignal;
  /** A clock in milliseconds that never goes back. Default: the system's. */
  readonly now?: () => number;
}

/** Serves one connection to its end, and closes it. Never rejects. */
export async function serveConnection(conn: Deno.Conn, options: ConnectionOptions): Promise<void> {
  const { log, catalog, counters, limits, place, uploads, stopping, ending, evicted } = options;
  const { now = () => performance.now() } = options;
  const profile = new Profile({
    strict: options.strict,
    onSeen(deviation) {
      counters.add(`deviations.${deviation}`);
      log.debug("Serves a deviation from the protocol: {deviation}", { deviation });
    },
  });
  const parser = new RequestParser({
    revision: options.revision,
    maxFileSize: limits.fileSize,
    askRecord: true,
    profile,
  });
  const send = async (bytes: Uint8Array) => {
    for (let rest = bytes; rest.byteLength > 0;) {
      const wait = conn.write(rest);
      rest = rest.subarray(await withDeadline(conn, { limit: SEND_LIMIT, wait }));
    }
  };
  const conversation = new Conversation({ send, log, profile, place }, options);

  let handling = false;
  const stop = () => {
    if (evicted.aborted || ending.aborted || !handling && !conversation.transferring) close(conn);
  };
  stopping.addEventListener("abort", stop);
  ending.addEventListener("abort", stop);
  evicted.addEventListener("abort", stop);

  const handleEvents = async () => {
    handling = place.busy = true;
    let progress = false;
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      progress = true;
      // Nothing new begins while the server is stopping.
      if (stopping.aborted && !conversation.transferring) break;
      if (event.type === "unsettled") {
        const record = await catalog.client(event.clientId).catch(() => undefined);
        const name = record?.revision ?? "";
        parser.settle(isRevisionName(name) ? name : undefined);
      } else {
        await conversation.handle(event);
        if (event.type === "file") parser.expectContent(conversation.contentDue ?? Infinity);
      }
    }
    handling = place.busy = false;
    // From here on we wait for the client, and it no longer for us.
    if (progress) progressAt = now();
    place.heard();
  };
  const whileSilent = async (wait: Promise<unknown>) => {
    for (;;) {
      const { patience } = conversation;
      if (patience === undefined || !await isSilent(wait, patience)) return;
      if (await conversation.silence()) parser.expectContent(0);
      await handleEvents();
    }
  };

  const pace = new Pace(limits.leastRate);
  const connected = now();
  // A whole request is progress, and so is content: bytes that never come to either are not.
  let progressAt = connected;
  const limitNow = () => {
    const time = now();
    const left = limits.idleTime - (time - progressAt);
    if (!conversation.fresh) return left;
    return Math.min(left, limits.firstRequestTime - (time - connected));
  };

  let buffer = new Uint8Array(READ_SIZE);
  try {
    while (!stopping.aborted || conversation.transferring) {
      const most = conversation.contentLeft > READ_SIZE ? shareOf(uploads.size) : READ_SIZE;
      if (most !== buffer.byteLength) buffer = new Uint8Array(most);
      const wait = conn.read(buffer);
      // Should sending fail while this read is under way, nobody would be left to hear of its end.
      wait.catch(() => {});
      const begun = now();
      await whileSilent(wait);
      const message = `No request and no content came for ${limits.idleTime / 1000} s`;
      const size = await withDeadline(conn, { limit: limitNow(), wait, message });
      if (size === null) {
        reportFault(parser.end(), options);
        break;
      }
      place.heard();
      // Between two packets too: what is reserved for the file is not to be had by sending little of it.
      if (!parser.inContent && !conversation.incomplete) pace.reset();
      else if (!pace.keepsUp(size, now() - begun)) {
        await conversation.refuse(new Refusal("too-slow", "The transfer came on too slowly"));
        break;
      }
      if (parser.inContent) progressAt = now();
      parser.push(buffer.subarray(0, size));
      await handleEvents();
      if (parser.lost || conversation.over) break;
    }
    await finish(conn);
  } catch (error) {
    reportEnd(error, { ...options, fresh: conversation.fresh });
  } finally {
    stopping.removeEventListener("abort", stop);
    ending.removeEventListener("abort", stop);
    evicted.removeEventListener("abort", stop);
    place[Symbol.dispose]();
    const clean = !parser.midRequest && !stopping.aborted;
    await conversation.end({ clean }).catch((error) =>
      log.error("Cannot clean up after the connection: {detail}", detailsOf(error))
    );
    close(conn);
  }
}

/** Whether nothing came of a read for so many milliseconds. */
async function isSilent(wait: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), milliseconds);
  });
  const silent = await Promise.race([silence, wait.then(() => false, () => false)]);
  clearTimeout(timer);
  return silent;
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

/** Says so when a client ended the connection inside a request. */
function reportFault(fault: ProtocolError | undefined, { log, counters }: ConnectionOptions): void {
  if (fault === undefined) return;
  counters.add(`refused.${fault.reason}`);
  log.warn("{detail}", { reason: fault.reason, detail: fault.message });
}

function reportEnd(
  error: unknown,
  { log, counters, stopping, evicted, fresh }: ConnectionOptions & { readonly fresh: boolean },
): void {
  if (evicted.aborted) {
    counters.add(`refused.${evicted.reason}`);
    log.warn("Closed the connection to make room", { reason: evicted.reason });
  } else if (error instanceof TimeoutError) {
    const reason = fresh ? "first-request-late" : "timeout";
    const detail = fresh ? "No request was complete in time" : error.message;
    counters.add(`refused.${reason}`);
    log.warn("Closed the connection: {detail}", { reason, detail });
  } else if (stopping.aborted) {
    log.info("Closed the connection because the server is stopping");
  } else if (isLoss(error)) {
    counters.add("connections-lost");
    log.info("The connection was lost: {detail}", {
      detail: error instanceof Error ? error.message : String(error),
    });
  } else {
    counters.add("refused.internal-error");
    log.error("The connection failed: {detail}", {
      reason: "internal-error",
      ...detailsOf(error),
    });
  }
}

/** What a log line says of an error that nobody foresaw; as text, which is escaped. */
function detailsOf(error: unknown): { readonly detail: string; readonly stack?: string } {
  if (!(error instanceof Error)) return { detail: String(error) };
  return { detail: error.message, ...(error.stack !== undefined && { stack: error.stack }) };
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
