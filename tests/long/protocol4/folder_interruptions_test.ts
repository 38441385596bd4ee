import { testInterruptions, testUnharmed } from "../../resume/test_interruptions.ts";

testInterruptions({
  ...{ kills: 16, mebibytes: 64, files: 2_000, each: 8 },
  trials: [["folder", "client"], ["folder", "server"]],
});

testUnharmed(3);
