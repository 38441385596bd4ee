import { strictEqual } from "node:assert/strict";
import { runtimeRefusal } from "./quoted.ts";

Deno.test("runtimeRefusal() tells paths for nobody from a permission that was not given", () => {
  const refused = (text: string) => runtimeRefusal(new Deno.errors.NotCapable(text));
  strictEqual(
    refused('Requires all access to "/proc/1/mem", run again with the --allow-all flag'),
    "the runtime lets no program use devices, files of the kernel, or network paths",
  );
  strictEqual(
    refused('Requires read access to "a.txt", run again with the --allow-read flag'),
    "the program was started without --allow-read for it",
  );
  strictEqual(runtimeRefusal(new Deno.errors.PermissionDenied("no")), undefined);
});
