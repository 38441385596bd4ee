import { testAttacksOnServer } from "../test_attacks_on_server.ts";

// All of them in tests/long/.
testAttacksOnServer({ oneIn: 2 });
