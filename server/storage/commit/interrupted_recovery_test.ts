import { testInterruptedRecovery } from "../testing/interrupted_recovery.ts";

// At any moment in tests/long/.
testInterruptedRecovery({ oneIn: 8 });
