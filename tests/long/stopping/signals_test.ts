import { testHardEnd, testIdleEnd } from "../../end_to_end/test_signals.ts";

testIdleEnd("SIGINT");
testHardEnd({ first: "SIGINT", second: "SIGTERM", exitCode: 143 });
testHardEnd({ first: "SIGTERM", second: "SIGINT", exitCode: 130 });
