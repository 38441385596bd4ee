import type { Clock } from "../../shared/clock.ts";
import type { Quota } from "../files/quota.ts";
import { isLoopback } from "../listening/admission/peer_addresses.ts";
import type { Counters } from "../observe/counters.ts";
import type { RegistrationMode } from "../settings/server_settings.ts";
import type { TreeStorage } from "../storage/storage.ts";
import { type Application, applicationOf } from "./application.ts";
import { batchRoutes } from "./batch/batch_routes.ts";
import { davRoutes } from "./dav/dav_routes.ts";
import { fileRoutes } from "./files/file_routes.ts";
import { ReadMemory } from "./http/read_memory.ts";
import { AskedNonces } from "./identity/asked_nonces.ts";
import type { KnownKey } from "./identity/current_key.ts";
import { deviceRoutes } from "./identity/devices.ts";
import { Nonces, type SharedNonces } from "./identity/nonces.ts";
import { type Registering, registrationRoutes } from "./identity/registration.ts";
import { serverRoutes } from "./identity/server_resource.ts";
import { tokenRoutes } from "./identity/tokens.ts";
import { useInvitation } from "./invitations/invitation_files.ts";
import type { Protocol4Counter } from "./protocol4_counter.ts";
import { LiveUploads } from "./uploads/append_body.ts";
import { Tails } from "./uploads/tails.ts";
import { uploadRoutes } from "./uploads/upload_routes.ts";

export interface Protocol4Parts extends TreeStorage {
  readonly serverKey: KnownKey;
  /** Where several servers accept each other's nonces. */
  readonly nonces?: SharedNonces | undefined;
  readonly quota: Quota;
  readonly counters: Counters<Protocol4Counter>;
  readonly clock: Clock;
  readonly registration: RegistrationMode;
  /** The data folder, in which invitations are left for the server. Default: none are. */
  readonly data?: string;
  /** The largest file, in bytes. */
  readonly fileSize: number;
  /** Milliseconds for which an upload is kept after its last byte. */
  readonly uploadTime: number;
  /** Requests that one client may have under way at once. Default: 128. */
  readonly requestsPerClient?: number;
  /** Whether limits hold for this machine's own addresses too. */
  readonly limitLoopback: boolean;
}

/** The application of protocol 4, with all of its resources (docs/protocol-4.md). */
export function protocol4(given: Protocol4Parts): Application {
  const { accounts, clock, counters, limitLoopback, data, nonces, requestsPerClient = 128 } = given;
  const parts = {
    ...given,
    memory: new ReadMemory(),
    nonces: new Nonces({ clock, ...(nonces && { shared: nonces }) }),
    asked: new AskedNonces({ now: clock.now }),
    live: new LiveUploads(),
    tails: new Tails(),
    useInvitation: (hash: Uint8Array, client: Registering) =>
      data === undefined ? client.register() : useInvitation(data, { ...client, hash, accounts }),
    isExempt: (address: string) => !limitLoopback && isLoopback(address),
  };
  const routes = [
    ...serverRoutes(parts),
    ...registrationRoutes(parts),
    ...tokenRoutes(parts),
    ...deviceRoutes(parts),
    ...fileRoutes(parts),
    ...uploadRoutes(parts),
    ...batchRoutes(parts),
    ...davRoutes(parts),
  ];
  return applicationOf({ routes, counters, accounts, clock, requestsPerClient });
}
