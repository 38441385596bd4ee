import { testKnownServers } from "../../field/test_known_servers.ts";

testKnownServers({ oneIn: 1 });
