import { testInterruptedRecovery } from "../../../server/storage/testing/interrupted_recovery.ts";

testInterruptedRecovery({ oneIn: 1 });
