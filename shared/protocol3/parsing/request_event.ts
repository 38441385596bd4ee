import type { RequestKind } from "../message.ts";
import type { ProtocolError } from "../protocol_error.ts";
import type { FileRequest, ShortRequest } from "../request.ts";
import type { Revision } from "../revision.ts";

/** What a `RequestParser` has found. `revision` is the one to answer in. */
export type RequestEvent =
  /** A whole request, other than a file's. */
  | { readonly type: "request"; readonly revision: Revision; readonly request: ShortRequest }
  /** The head of a file request; its content follows. */
  | { readonly type: "file"; readonly revision: Revision; readonly request: FileRequest }
  /** A piece of content, as a view of what was pushed: it is good until the next `push()`. */
  | { readonly type: "content"; readonly bytes: Uint8Array }
  /** The content of one file request is complete. */
  | { readonly type: "packetEnd" }
  /**
   * The request before was filled up with zeros to a whole block, and the client awaits the same.
   */
  | { readonly type: "padded" }
  /**
   * Several revisions fit a client that may be on record: answer with `preferRevision()`, then go
   * on.
   */
  | { readonly type: "ambiguous"; readonly clientId: Uint8Array }
  /** A message that the protocol does not allow. */
  | {
    readonly type: "refused";
    readonly revision: Revision;
    readonly error: ProtocolError;
    /** The id in its header, when there was one. */
    readonly clientId?: Uint8Array;
    /** What kind of request it would have been, when that is known. */
    readonly kind?: RequestKind;
    /** The number of the packet that it would have been. */
    readonly packet?: number;
  };
