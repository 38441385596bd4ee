import { testLastResort, testReference } from "../../end_to_end/test_last_resort.ts";

testLastResort([["client", "a timer"], ["client", "a call that throws no error"]]);
testReference("server");
