import { ConnectionFault } from "../connection_fault.ts";
import type { Protocol } from "../protocol_connection.ts";

/** The protocol of connections that do not speak what a listener is for: they are closed. */
export const REFUSE_OTHERS: Protocol = () => ({
  ...{ fresh: true, transferring: false, inContent: false, fileDue: false, over: false },
  ...{ readSize: undefined, silenceLimit: undefined },
  receive: () =>
    Promise.reject(
      new ConnectionFault("not-tls", "What came is not TLS, which is all that is spoken here"),
    ),
  silence: () => Promise.resolve(false),
  refuseSlowFile: () => Promise.resolve(),
  endOfInput: () => undefined,
  end: () => Promise.resolve(),
});
