import { modeText, timeText } from "../../../shared/protocol4/resources/file_times.ts";
import { formatETag } from "../../../shared/protocol4/tree/etag.ts";
import { toBase64 } from "../../../shared/text/encodings.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import { isBusy } from "../../network/busy_wait.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";
import type { Creation, SendEvents } from "../../remote/tree_sender.ts";
import { badAnswer, refusalOf } from "../connection/errors.ts";
import type { Session } from "../session.ts";
import { readSmallContents } from "./small_contents.ts";

export interface CreateOptions extends Pick<SendEvents, "onSending"> {
  readonly session: Pick<Session, "request">;
  /** The resource of the file. */
  readonly path: string;
}

/**
 * Stores a small file by one request, if nothing has its path yet. Returns undefined if the server
 * refuses it. Throws a `ClientError` if the file cannot be read, if the server would refuse other
 * requests too, or if the answer is about another file.
 */
export async function createFile(
  entry: LocalFileEntry,
  { session, path, onSending }: CreateOptions,
): Promise<Creation | undefined> {
  const { content, sha256 } = await readSmallContents(entry, { few: true });
  const tag = formatETag({ size: content.byteLength, root: sha256 });
  await onSending?.(entry, tag);
  const mtime = timeText(entry.modified);
  const headers = {
    "if-none-match": "*",
    "repr-digest": `sha-256=:${toBase64(sha256)}:`,
    ...(mtime !== undefined && { "x-mtime": mtime }),
    ...(entry.mode !== undefined && { "x-mode": modeText(entry.mode) }),
  };
  const answer = await session.request({ method: "PUT", path, headers, body: content });
  if (answer.status === 200 || answer.status === 201) {
    await answer.body.bytes();
    if (answer.headers.get("etag") !== tag) {
      throw badAnswer("answered with another file than it was sent");
    }
    // An earlier attempt may have been answered with 201.
    const isNew = answer.status === 201 || answer.isRepeated === true;
    return { status: isNew ? "sent" : "unchanged", tag };
  }
  const refusal = await refusalOf(answer, `store ${quoted(entry.to.join("/"))}`);
  if (refusal.hopeless || isBusy(refusal)) throw refusal;
  return undefined;
}
