import { clientIdText } from "../../shared/wire/client_id.ts";
import type { TextField } from "../../shared/wire/text_field.ts";

/** Identifies a file as its client does. */
export interface ClientsFile {
  readonly clientId: Uint8Array;
  /** The field of the name, as received. */
  readonly fileName: TextField;
}

/** Returns a text that only this file of this client has. */
export function fileKey({ clientId, fileName }: ClientsFile): string {
  return `${clientIdText(clientId)}/${String.fromCharCode(...fileName.bytes)}`;
}
