import { testClientRows } from "../../field/test_client_rows.ts";

testClientRows({ auto: "all" });
