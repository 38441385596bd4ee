/** Official clients that pause for 2 s after each write, over sockets and in real time. */

import { deepStrictEqual } from "node:assert/strict";
import type { RequestKind } from "../../../shared/protocol3/message.ts";
import { REVISION_NAMES } from "../../../shared/protocol3/revision.ts";
import { dialTcp, pausingLink } from "../../field/client_links.ts";
import { play } from "../../field/client_play.ts";
import { ClientServer } from "../../field/client_server.ts";
import { answersOf, SMALL_FILES } from "../../field/official_exchanges.ts";
import { notedAt } from "../../field/test_client_pairs.ts";
import { OLD_ANSWERS } from "../../old/old_answers.ts";

/** Milliseconds of a pause: five times what a server waits at most before it speaks first. */
const PAUSE = 2_000;

Deno.test("Clients that pause for 2 s after each write are answered as by 0.1.0", async () => {
  await using server = await ClientServer.open();
  const auto = server.listen({ revision: "auto" });
  await Promise.all(REVISION_NAMES.flatMap((revision) => {
    const own = server.listen({ revision });
    return [own, auto].map(async (listening) => {
      const registersElsewhere = listening === auto && revision === "2023c";
      const dial = async (kind: RequestKind) => {
        const { port } = registersElsewhere && kind === "register" ? own : listening;
        return pausingLink(await dialTcp(port), PAUSE);
      };
      const habits = {};
      const client = await play({
        ...{ server, habits, revision, dial, registersElsewhere, comesBack: true },
        ...SMALL_FILES,
      });
      deepStrictEqual(answersOf(client, SMALL_FILES), OLD_ANSWERS[revision].smallFiles);
      deepStrictEqual([...notedAt(listening)], []);
    });
  }));
});
