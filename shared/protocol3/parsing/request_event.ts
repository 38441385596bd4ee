import type { RequestKind } from "../message.ts";
import type { ProtocolError } from "../protocol_error.ts";
import type { FileRequest, ShortRequest } from "../request.ts";
import type { Revision } from "../revision.ts";
import type { ClientId } from "../../wire/client_id.ts";

/** What a `RequestParser` has found. `revision` is the one to answer in. */
export type RequestEvent =
  /** A whole request, other than a file's. */
  | { readonly type: "request"; readonly revision: Revision; readonly request: ShortRequest }
  /** The head of a file request; its content follows. */
  | { readonly type: "file"; readonly revision: Revision; readonly request: FileRequest }
  /** A piece of content, as a view of the pushed bytes: it is valid until the next `push()`. */
  | { readonly type: "content"; readonly bytes: Uint8Array }
  /** The content of one file request is complete. */
  | { readonly type: "packetEnd" }
  /**
   * The previous request was padded with zeros to a whole block, and the client expects the same.
   */
  | { readonly type: "padded" }
  /**
   * Several revisions fit a client that may be registered: answer with `preferRevision()`, then go
   * on.
   */
  | { readonly type: "ambiguous"; readonly clientId: ClientId }
  /** A message that the protocol does not allow. */
  | {
    readonly type: "refused";
    readonly revision: Revision;
    readonly error: ProtocolError;
    /** The id in its header, when there was one. */
    readonly clientId?: ClientId;
    /** The kind of the refused request, if known. */
    readonly kind?: RequestKind;
    /** The number of the refused packet. */
    readonly packet?: number;
  };
