import { testClientRows } from "../../field/test_client_rows.ts";

testClientRows({ revisions: "all" });
