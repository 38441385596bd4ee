import { testFaults } from "../../faults/test_faults.ts";

testFaults({ cut: 23, cutWithoutRetries: 97, flip: 29, oneIn: 1 });
