/** All attacks that `docs/threat-model.md` names. */

import { ATTACKS_BY_REPLIES } from "./against_client/replies.ts";
import { ATTACKS_BY_TRUST } from "./against_client/trust.ts";
import { ATTACKS_BY_CONNECTIONS } from "./against_server/connections.ts";
import { ATTACKS_BY_FIRST_BYTES } from "./against_server/first_bytes.ts";
import { ATTACKS_BY_KEYS } from "./against_server/keys.ts";
import { ATTACKS_BY_NAMES } from "./against_server/names.ts";
import { ATTACKS_OVER_TLS } from "./against_server/over_tls.ts";
import { ATTACKS_BY_REQUESTS } from "./against_server/requests.ts";
import { ATTACKS_BY_UPLOADS } from "./against_server/uploads.ts";
import type { AttacksOnClient, AttacksOnServer } from "./attack.ts";

/** Those on the server. */
export const ATTACKS_ON_SERVER: AttacksOnServer = merged([
  ATTACKS_BY_CONNECTIONS,
  ATTACKS_BY_FIRST_BYTES,
  ATTACKS_OVER_TLS,
  ATTACKS_BY_REQUESTS,
  ATTACKS_BY_UPLOADS,
  ATTACKS_BY_NAMES,
  ATTACKS_BY_KEYS,
]);

/** Those on the client. */
export const ATTACKS_ON_CLIENT: AttacksOnClient = merged([ATTACKS_BY_REPLIES, ATTACKS_BY_TRUST]);

/** All in one; throws where two have the same name. */
function merged<T>(tables: readonly Readonly<Record<string, T>>[]): Readonly<Record<string, T>> {
  const all = tables.flatMap((table) => Object.entries(table));
  const names = all.map(([name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`Two attacks are called ${twice}`);
  return Object.fromEntries(all);
}
