import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Session, SESSIONS } from "./fault_trials.ts";
import { testFaults } from "./test_faults.ts";
import { play, type Trial } from "./trial.ts";

// Closer in tests/long/, and with none left out by `deno task faults`.
testFaults({ cut: 8_009, cutWithoutRetries: 20_011, flip: 10_007, oneIn: 12 });

Deno.test("a cut amid the reply to a registration costs the name, and says so", async () => {
  const trial = { ...cut(SESSIONS["a registration and a file"], "toClient"), restarts: 1 };
  const { ends, nameLost } = await play(trial);
  deepStrictEqual(ends, ["name-taken", "name-taken"]);
  strictEqual(nameLost, true);
});

function cut(session: Session | undefined, direction: "toServer" | "toClient"): Trial {
  ok(session);
  const fault = { direction, after: 10, action: "cut" } as const;
  return { ...session, fault, retries: 3, restarts: 0, timeout: 30_000 };
}
