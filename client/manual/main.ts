/** Prints the client's manual: what `deno task man` does. */
import { Output } from "../../shared/settings/output.ts";
import { manPage } from "./man_page.ts";

const stdout = new Output(Deno.stdout, "standard output");
stdout.write(manPage());
if (stdout.fault !== undefined) throw new Error(stdout.fault);
