import { NAMED } from "./client_combinations.ts";
import { play } from "./client_play.ts";
import { ClientServer } from "./client_server.ts";
import { playPair } from "./test_client_pairs.ts";
import { testClientRows } from "./test_client_rows.ts";

// Each of a row's revisions is played in tests/long/.
testClientRows({ revisions: "ends" });

Deno.test("clients with several deviations at once are served as specified", async () => {
  await Promise.all(
    NAMED.flatMap((combination) =>
      combination.revisions.slice(-1).map((revision) => playPair(combination, revision))
    ),
  );
});

Deno.test("200 registrations of clients that treat ids as text: none fails", async () => {
  await using server = await ClientServer.open();
  for (let client = 0; client < 200; client++) {
    const dial = () => Promise.resolve(server.direct({ revision: "2024a" }));
    await play({ server, revision: "2024a", habits: { idAsText: true }, dial, files: [] });
  }
});
