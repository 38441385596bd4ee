import { testInterruptedRecovery } from "../../../tests/storage/interrupted_recovery.ts";

// At any moment in tests/long/.
testInterruptedRecovery({ oneIn: 8 });
