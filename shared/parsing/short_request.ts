import { NAME, NAME_AND_KEY, type VerdictKind } from "../protocol/message.ts";
import type { ShortRequest, VerdictRequest } from "../protocol/request.ts";
import type { Revision } from "../protocol/revision.ts";
import type { TextField } from "../protocol/text_field.ts";
import { checkOwner, readName } from "./file_head.ts";
import type { Profile } from "./profile.ts";

/** Requests by which a client says who it is. */
export type IdentificationKind = "register" | "reconnect" | "publicKey";

/** What a payload is read with. */
export interface ShortRequestOptions<Kind> {
  readonly kind: Kind;
  /** The id in the header, 16 bytes. */
  readonly clientId: Uint8Array;
  readonly profile: Profile | undefined;
}

/** Bytes in the payload of a request by which a client says who it is. */
export function identificationSize(kind: IdentificationKind): number {
  return (kind === "publicKey" ? NAME_AND_KEY : NAME).size;
}

/** Reads such a payload. Throws a `ProtocolError` when there is no name in it. */
export function readIdentification(
  payload: Uint8Array,
  { kind, clientId, profile }: ShortRequestOptions<IdentificationKind>,
): ShortRequest {
  if (kind !== "publicKey") {
    return { kind, clientId, name: readName(NAME.decode(payload).name, profile) };
  }
  const { name, publicKey } = NAME_AND_KEY.decode(payload);
  return { kind, clientId, name: readName(name, profile), publicKey };
}

/** Reads the payload of a verdict. Throws a `ProtocolError` without a name, or for another client. */
export function readVerdict(
  payload: Uint8Array,
  { revision, kind, clientId, profile }: ShortRequestOptions<VerdictKind> & {
    readonly revision: Revision;
  },
): VerdictRequest {
  const values: { readonly ownerId?: Uint8Array; readonly fileName: TextField } = revision.verdict
    .decode(payload);
  checkOwner(values.ownerId, clientId, profile);
  return { kind, clientId, fileName: readName(values.fileName, profile) };
}
