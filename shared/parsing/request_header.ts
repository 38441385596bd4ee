import type { Values } from "../protocol/layout.ts";
import { NAME, NAME_AND_KEY, type REQUEST_HEADER } from "../protocol/message.ts";
import { requestKind, type Revision } from "../protocol/revision.ts";

/** The header of a request, as read. */
export type Header = Values<typeof REQUEST_HEADER>;

/** Whether a payload of this size is possible for the code, in one revision. */
export function isPossible({ code, payloadSize }: Header, revision: Revision): boolean {
  switch (requestKind(revision, code)) {
    case undefined:
      return false;
    case "register":
    case "reconnect":
      return payloadSize === NAME.size;
    case "publicKey":
      return payloadSize === NAME_AND_KEY.size;
    case "file":
      return payloadSize >= revision.fileHead.size;
    default:
      return payloadSize === revision.verdict.size;
  }
}
