import { strictEqual } from "node:assert/strict";
import { fieldPage } from "./field_page.ts";

/** A page without what formatting may change: how wide columns are, and where lines end. */
function words(page: string): string {
  return page.replaceAll(/-{3,}/g, "---").split(/\s+/).join(" ").trim();
}

Deno.test("docs/field.md says what the tables of the tests say", async () => {
  const written = await Deno.readTextFile(new URL("../../docs/field.md", import.meta.url));
  strictEqual(words(written), words(fieldPage()));
});
