import { testManyClients } from "./test_many_clients.ts";

// Fifty in tests/long/programs/.
testManyClients({ sessions: 4, processes: 1 });
