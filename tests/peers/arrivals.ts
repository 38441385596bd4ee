/** Connections that arrive at an admission, without sockets. */

import { ok } from "node:assert/strict";
import {
  type Admission,
  type AdmissionReason,
  ConnectionSlot,
} from "../../server/listening/admission/admission.ts";
import { type ClientId, clientIdOf } from "../../shared/wire/client_id.ts";

/** The address of a connection of which no other is given. */
export const ALICE = "192.0.2.1";

/** A connection that arrived: its slot or why it has none, and why it was evicted, if it was. */
export interface Arrived {
  readonly slot: ConnectionSlot | AdmissionReason;
  readonly evicted: readonly AdmissionReason[];
}

/** One that was let in. */
export interface Entered extends Arrived {
  readonly slot: ConnectionSlot;
}

/** A new connection. */
export function arrive(admission: Admission, address = ALICE): Arrived {
  const evicted: AdmissionReason[] = [];
  const slot = admission.admit({ address, evict: (reason) => evicted.push(reason) });
  return { slot, evicted };
}

/** A new connection that has to be let in. */
export function enter(admission: Admission, address = ALICE): Entered {
  const { slot, evicted } = arrive(admission, address);
  ok(slot instanceof ConnectionSlot, `It was not let in: ${slot}`);
  return { slot, evicted };
}

/** An id of a client. */
export function idOf(number: number): ClientId {
  const id = clientIdOf(new Uint8Array(16));
  new DataView(id.buffer).setUint32(0, number);
  return id;
}
