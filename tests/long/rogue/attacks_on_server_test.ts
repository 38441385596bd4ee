import { testAttacksOnServer } from "../../rogue/test_attacks_on_server.ts";

testAttacksOnServer({ oneIn: 1 });
