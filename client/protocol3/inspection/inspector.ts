import { REVISIONS_BY_PREFERENCE } from "../../../shared/protocol3/revision.ts";
import type { Inspector } from "../../doctor/inspector.ts";
import { ConnectFailed, noConnection } from "../connection/errors.ts";
import { CONNECT_LIMIT, ServerConnection } from "../connection/server_connection.ts";
import { checkPermissions, inspectIdentity } from "./inspect_identity.ts";
import { PROBER } from "./probe.ts";

/** The checks of `doctor` for protocol 3. */
export const INSPECTOR: Inspector = {
  ...PROBER,
  identity: inspectIdentity,
  permissions: checkPermissions,
  async connect(server, { timeout, clock }) {
    try {
      const connection = await ServerConnection.open(server, {
        revisions: REVISIONS_BY_PREFERENCE,
        timeout,
        clock,
        connectTimeout: Math.min(CONNECT_LIMIT, timeout),
      });
      return () => connection.close();
    } catch (error) {
      if (error instanceof ConnectFailed) throw noConnection(error);
      throw error;
    }
  },
};
