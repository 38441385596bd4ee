import { testServerRows } from "../../field/test_server_rows.ts";

testServerRows({ revisions: "all" });
