import { testManyClients } from "../../end_to_end/test_many_clients.ts";

testManyClients({ sessions: 47, processes: 3 });
