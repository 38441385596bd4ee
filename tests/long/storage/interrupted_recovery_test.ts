import { testInterruptedRecovery } from "../../storage/interrupted_recovery.ts";

testInterruptedRecovery({ oneIn: 1 });
