import { TextField } from "../../../shared/wire/text_field.ts";
import type { Quirks } from "../../settings/quirk_setting.ts";

/** The field for a name. Throws a `RangeError` when it does not fit. */
export function nameField(name: string, quirks: Quirks): TextField {
  return quirks.has("left-pad-names") ? TextField.atEnd(name) : TextField.of(name);
}
