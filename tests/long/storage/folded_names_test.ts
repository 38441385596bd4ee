import { assertFoldsOnce } from "../../../server/storage/testing/folded_names.ts";

Deno.test("foldName() of 20,000 folded names changes nothing", () => assertFoldsOnce(20_000));
