import { assertFoldsOnce } from "../../storage/folded_names.ts";

Deno.test("foldName() of 20,000 folded names changes nothing", () => assertFoldsOnce(20_000));
