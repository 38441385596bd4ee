import { timeText } from "../../../shared/protocol4/resources/file_times.ts";
import { encodePath, PathError } from "../../../shared/protocol4/resources/resource_path.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import { ClientError, EXIT, localError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import type { LocalEntry, LocalFileEntry } from "../../remote/local_entry.ts";
import type { ContentCheck, RemoteEntry, RemoteFile } from "../../remote/remote_files.ts";
import type { OpenRemote, Remotes } from "../../remote/remotes.ts";
import type { Creation, Sendable, SendEvents, StreamTarget } from "../../remote/tree_sender.ts";
import { chosenServer, configOf, linkOptions, openSession } from "../commands/command_server.ts";
import { badAnswer, refusalOf } from "../connection/errors.ts";
import type { Answer } from "../connection/http_connection.ts";
import type { RepeatableRequest } from "../connection/server_link.ts";
import { keyFolder } from "../identity/known_servers.ts";
import { createFile } from "../sending/create_file.ts";
import { Protocol4Sender, type SenderOptions } from "../sending/protocol4_sender.ts";
import { SentRecord } from "../sending/sent_record.ts";
import type { Session } from "../session.ts";
import { entryOf, listEntries, ON_PAGE } from "./list_entries.ts";

const FILES = "/v4/files";

/** Bytes of contents that are handed on at once, and written with one call: 16 records of TLS. */
const READ = 256 * 1024;

/** The largest file that is sent without asking first: little is lost if the server has it. */
const MOST_CREATED = 64 * 1024;

/** What a tree needs of a session. */
export type TreeSession = Pick<Session, "request" | "busyRetry" | "server"> & AsyncDisposable;

/** The tree of a client at a server, over a session. */
export class RemoteTree implements OpenRemote {
  readonly #session: TreeSession;
  readonly #sender: Protocol4Sender;
  readonly #sent: SentRecord;
  /** Recorded before it is sent, so that a run after a crash knows that the file is its own. */
  readonly #note = ({ to }: LocalEntry, tag: string): Promise<void> => {
    this.#sent.add(to, tag);
    return this.#sent.flush();
  };
  readonly server: string;

  /** `sent`: what this client has sent to the server. */
  constructor(
    session: TreeSession,
    { sent, ...options }: Omit<SenderOptions, "session"> & { readonly sent: SentRecord },
  ) {
    this.#session = session;
    this.#sent = sent;
    this.#sender = new Protocol4Sender({ ...options, session });
    this.server = formatAddress(session.server);
  }

  async entry(path: readonly string[]): Promise<RemoteEntry | undefined> {
    const answer = await this.#session.request({ method: "GET", path: `${pathOf(path)}?entry` });
    if (answer.status === 200) return entryOf(await answer.body.json());
    const refusal = await refusalOf(answer, `show ${quoted(path.join("/"))}`);
    const isMissing = refusal.reason === "not-found" || refusal.reason === "parent-is-file";
    if (isMissing) return undefined;
    throw refusal;
  }

  list(
    path: readonly string[],
    { recursive }: { readonly recursive: boolean },
  ): AsyncGenerator<RemoteEntry> {
    const page = async (after: string | undefined) => {
      const query = [
        ...["list", `limit=${ON_PAGE}`, ...(recursive ? ["recursive"] : [])],
        ...(after === undefined ? [] : [`after=${encodeURIComponent(after)}`]),
      ];
      const request = { method: "GET", path: `${pathOf(path)}?${query.join("&")}` };
      return (await this.#expect(request, `list ${quoted(path.join("/"))}`)).body;
    };
    return listEntries({ path, recursive, page });
  }

  async read(file: RemoteFile, from: number): Promise<AsyncIterable<Uint8Array>> {
    const headers = { "if-match": file.tag, ...(from > 0 && { range: `bytes=${from}-` }) };
    const shown = quoted(file.path.join("/"));
    const request = { method: "GET", path: pathOf(file.path), headers, streams: true };
    const answer = await this.#session.request(request);
    const isPart = answer.status === 206 && from > 0;
    if (isPart || answer.status === 200) {
      const range = isPart ? `bytes ${from}-${file.size - 1}/${file.size}` : undefined;
      // A server may ignore a range, and give the whole (RFC 9110, section 14.2).
      if (answer.headers.get("content-range") === range) {
        return pieces(answer, { skipped: isPart ? 0 : from, size: file.size });
      }
      answer.body.cancel();
      throw badAnswer("answered with another part of a file than was asked for");
    }
    const refusal = await refusalOf(answer, `send ${shown}`);
    if (!["precondition-failed", "not-found", "range-invalid"].includes(refusal.reason)) {
      throw refusal;
    }
    throw localError("file-changed", `${shown} changed on the server meanwhile; fetch it again`);
  }

  async check(file: RemoteFile): Promise<ContentCheck> {
    // A client that sends compares nothing.
    const { treeCheck } = await import("./tree_check.ts");
    return treeCheck(file);
  }

  async makeFolder(path: readonly string[]): Promise<void> {
    const request = { method: "MKCOL", path: pathOf(path) };
    const answer = await this.#session.request(request);
    if (answer.status < 300) return void await answer.body.bytes();
    const refusal = await refusalOf(answer, `make the folder ${quoted(path.join("/"))}`);
    if (refusal.reason !== "parent-missing" || path.length < 2) throw refusal;
    await this.makeFolder(path.slice(0, -1));
    await this.#end(request, `make the folder ${quoted(path.join("/"))}`);
  }

  async remove(
    path: readonly string[],
    { recursive }: { readonly recursive: boolean },
  ): Promise<void> {
    const headers: Record<string, string> = recursive ? { depth: "infinity" } : {};
    const request = { method: "DELETE", path: pathOf(path), headers };
    const doing = `remove ${quoted(path.join("/"))}`;
    // It is gone when the answer to the first request was lost.
    await this.#endOnce(request, doing, () => Promise.resolve(true));
    this.#sent.removed(path);
    await this.#sent.flush();
  }

  async move(
    from: readonly string[],
    to: readonly string[],
    { replace }: { readonly replace: boolean },
  ): Promise<void> {
    const headers = { destination: pathOf(to), overwrite: replace ? "T" : "F" };
    const request = { method: "MOVE", path: pathOf(from), headers };
    const doing = `move ${quoted(from.join("/"))} to ${quoted(to.join("/"))}`;
    await this.#endOnce(request, doing, async () => await this.entry(to) !== undefined);
  }

  async create(file: LocalFileEntry): Promise<Creation | undefined> {
    if (file.size > MOST_CREATED || !this.keepsTime(file.modified)) return undefined;
    // The server has a file there, perhaps with the same contents.
    if (await this.#sent.hasPath(file.to)) return undefined;
    try {
      const path = pathOf(file.to);
      return await createFile(file, { session: this.#session, path, onSending: this.#note });
    } catch (error) {
      // The usual way of sending reports what is wrong with the file.
      if (error instanceof ClientError && error.exitCode === EXIT.usage) return undefined;
      throw error;
    }
  }

  async send(entries: AsyncIterable<Sendable>, events: SendEvents): Promise<void> {
    try {
      await this.#sender.send(entries, { ...events, onSending: this.#note });
    } finally {
      await this.#sent.flush();
    }
  }

  async sendStream(source: AsyncIterable<Uint8Array>, target: StreamTarget): Promise<string> {
    const tag = await this.#sender.sendStream(source, target);
    this.#sent.add(target.to, tag);
    await this.#sent.flush();
    return tag;
  }

  sentBefore(path: readonly string[], tag: string): Promise<boolean> {
    return this.#sent.has(path, tag);
  }

  keepsTime(modified: number): boolean {
    return timeText(modified) !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  /**
   * Sends a request that cannot be acted on twice. When it had to be repeated and what it is about
   * is not there, `isDone` says whether the server has acted on the first one.
   */
  async #endOnce(
    request: RepeatableRequest,
    doing: string,
    isDone: () => Promise<boolean>,
  ): Promise<void> {
    const answer = await this.#session.request(request);
    if (answer.status < 300) return void await answer.body.bytes();
    const refusal = await refusalOf(answer, doing);
    const mayBeDone = answer.isRepeated === true && refusal.reason === "not-found";
    if (!mayBeDone || !await isDone()) throw refusal;
  }

  async #end(request: RepeatableRequest, doing: string): Promise<void> {
    await (await this.#expect(request, doing)).body.bytes();
  }

  async #expect(request: RepeatableRequest, doing: string): Promise<Answer> {
    const answer = await this.#session.request(request);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw await refusalOf(answer, doing);
  }
}

/** The resource of a path. Throws a `ClientError`, `bad-setting`, for one that no file can have. */
function pathOf(path: readonly string[]): string {
  if (path.length === 0) return FILES;
  try {
    return `${FILES}/${encodePath(path)}`;
  } catch (error) {
    if (error instanceof PathError) throw localError("bad-setting", error.message, error);
    throw error;
  }
}

/** The pieces of a body after `skipped` bytes; each is overwritten by the next. */
async function* pieces(
  { body }: Answer,
  { skipped, size: whole }: { readonly skipped: number; readonly size: number },
): AsyncGenerator<Uint8Array> {
  // With room for one byte more than was announced, of which nothing is kept then.
  const buffer = new Uint8Array(Math.min(READ, whole + 1));
  try {
    for (let left = skipped;;) {
      const size = await body.readContents(buffer);
      if (size === undefined) return;
      const dropped = Math.min(left, size);
      left -= dropped;
      if (dropped < size) yield buffer.subarray(dropped, size);
    }
  } finally {
    body.cancel();
  }
}

/** The trees of this client at servers of protocol 4. */
export const REMOTES: Remotes = {
  async open(options, context) {
    const config = await configOf(options, context);
    const known = await chosenServer(config, options.server);
    const { retryTime = 0, onWaiting, parallel } = options;
    const link = { ...linkOptions(options, context), retryTime, onWaiting };
    const folder = await keyFolder(config, known.spki);
    const tell = (line: string) => context.screen.line(line);
    return new RemoteTree(await openSession(known, { config, options: link, context }), {
      ...{ ...link, retries: options.retries ?? link.retries, uploads: parallel },
      leaves: inFolder(folder, "leaves"),
      sent: new SentRecord(inFolder(folder, "sent"), { tell }),
    });
  },
};
