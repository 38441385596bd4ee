import type { Clock } from "../../../shared/clock.ts";
import { ProblemError, statusOf } from "../../../shared/protocol4/problem.ts";
import type { Quota } from "../../files/quota.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Accounts } from "../../storage/trees/accounts.ts";
import type { Contents } from "../../storage/contents/contents.ts";
import type { Tree } from "../../storage/trees/tree.ts";
import { BodyCut, BodyReader } from "../http/body_reader.ts";
import { type Exchange, logOf } from "../http/exchange.ts";
import type { ReadMemory } from "../http/read_memory.ts";
import type { Route } from "../http/router.ts";
import { authenticate } from "../identity/authenticate.ts";
import type { Protocol4Counter } from "../protocol4_counter.ts";
import { AnswerStream } from "./answer_stream.ts";
import { BatchSlots } from "./batch_slots.ts";
import { BatchSession } from "./batch_session.ts";
import { commitGroup } from "./commit_group.ts";
import type { PendingEntry } from "./pending_group.ts";

/** The media type of a batch and of its answers. */
export const BATCH_TYPE = "application/octet-stream";

export interface BatchRoutesParts {
  readonly accounts: Accounts;
  readonly tree: Tree;
  readonly contents: Contents;
  readonly quota: Quota;
  /** The largest file, in bytes. */
  readonly fileSize: number;
  readonly memory: ReadMemory;
  readonly counters: Counters<Protocol4Counter>;
  readonly clock: Pick<Clock, "now" | "after">;
}

/**
 * `POST /v4/batch`: many small files and folders in one request, answered as they are committed.
 */
export function batchRoutes(parts: BatchRoutesParts): readonly Route[] {
  const { accounts, contents, memory, counters, clock, fileSize } = parts;
  const slots = new BatchSlots(clock);

  async function batch(exchange: Exchange): Promise<Response> {
    const { request, peer } = exchange;
    const client = await authenticate(exchange, { accounts, action: "create" });
    const slot = slots.acquire({
      clientId: client.id,
      addressKey: peer.slot.addressKey,
      evict: () => body.end(new ProblemError("server-busy", "Another batch has its slot")),
    });
    const log = logOf(exchange, client);
    const body = new BodyReader(request.body, { memory });
    const stop = () => body.end();
    if (peer.stopping.aborted) stop();
    peer.stopping.addEventListener("abort", stop, { once: true });
    const left = () => body.end(new BodyCut("The client has left"));
    if (peer.left.aborted) left();
    peer.left.addEventListener("abort", left, { once: true });
    const answers = new AnswerStream();
    const commit = async (entries: readonly PendingEntry[]) => {
      // A token that was revoked meanwhile ends the batch.
      await authenticate(exchange, { accounts, action: "create" });
      const result = await commitGroup(parts, { client, entries });
      slot.answered();
      counters.add("batch-commits");
      counters.add("files-stored", result.files);
      counters.add("bytes-stored", result.bytes);
      for (const { problem: { reason } } of result.refused) counters.add(`refused.${reason}`);
      log.info("Stored {files} files of a batch: {size} bytes", {
        files: result.files,
        size: result.bytes,
        refused: result.refused.length,
      });
      const failed = result.refused.find(({ problem }) => statusOf(problem.reason) === 500);
      if (failed) log.error("A batch was refused: {reason}", { reason: failed.problem.reason });
      return result;
    };
    const onRead = (bytes: number) => {
      counters.add("bytes-received", bytes);
      slot.moved(bytes);
    };
    const options = {
      ...{ client, body, answers, slot, contents, fileSize, clock, peer, commit, onRead },
    };
    // The answers go out while the body comes in.
    void new BatchSession(options).run().finally(() => {
      peer.stopping.removeEventListener("abort", stop);
      slot[Symbol.dispose]();
    });
    return new Response(answers.readable, { headers: { "content-type": BATCH_TYPE } });
  }

  return [{ path: "/v4/batch", resource: { POST: batch } }];
}
