import { quoted } from "../../../shared/text/quoted.ts";
import { type ClientId, clientIdHint } from "../../../shared/wire/client_id.ts";
import type { Reply } from "../../../shared/protocol3/reply.ts";
import type {
  PublicKeyRequest,
  ReconnectRequest,
  RegisterRequest,
} from "../../../shared/protocol3/request.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
import { sealAesKey } from "../../../shared/protocol3/crypto/key_transport.ts";
import type { Catalog, NameClaim } from "../../storage/versions/catalog.ts";
import { newClientId } from "./new_client_id.ts";
import { Refusal } from "../refusal.ts";

/** The result of an identification. */
export interface Identified {
  readonly reply: Reply;
  /** The client that the reply is for. */
  readonly clientId: ClientId;
  /** The AES key for the reply, if there is one. */
  readonly aesKey?: Uint8Array;
}

/** The part of a catalog for clients. */
export type Identities = Pick<Catalog, "register" | "client" | "keepKeys">;

/** The catalog of clients and their revision. */
export interface Records {
  readonly identities: Identities;
  readonly revision: Revision;
}

/**
 * Registers a new client with a new id. Throws a `Refusal` (`name-taken`) if a client has the name,
 * even this one, unless that client sent no public key in time: its id is removed then.
 */
export async function register(
  request: RegisterRequest,
  { identities, revision, claim }: Records & { readonly claim?: NameClaim },
): Promise<Identified> {
  const clientId = newClientId();
  const name = request.name.text;
  const outcome = await identities.register({ id: clientId, name, revision: revision.name }, claim);
  if (outcome === "name-taken") {
    throw new Refusal("name-taken", `Another client has registered the name ${quoted(name)}`);
  }
  return { clientId, reply: { kind: "registered", clientId } };
}

/**
 * Stores the public key of a client and creates a new AES key.
 *
 * Throws a `Refusal` (`unknown-client`, `name-mismatch`) or a `ProtocolError`
 * (`public-key-invalid`).
 */
export async function acceptPublicKey(
  request: PublicKeyRequest,
  { identities, revision }: Records,
): Promise<Identified> {
  const { clientId, publicKey } = request;
  const client = await identities.client(clientId);
  if (client === undefined) throw unknownClient(clientId);
  if (client.name !== request.name.text) throw nameMismatch(request.name.text);
  const aesKey = crypto.getRandomValues(new Uint8Array(revision.aesKeySize));
  const encryptedKey = sealAesKey(publicKey, aesKey);
  await identities.keepKeys({ id: clientId, publicKey, aesKey });
  return { clientId, aesKey, reply: { kind: "keyAccepted", clientId, encryptedKey } };
}

/**
 * Creates a new AES key for a registered client.
 *
 * Throws a `Refusal` (`unknown-client`, `name-mismatch`, `no-public-key`): the client then has to
 * register again.
 */
export async function reconnect(
  request: ReconnectRequest,
  { identities, revision }: Records,
): Promise<Identified> {
  const { clientId } = request;
  const client = await identities.client(clientId);
  if (client === undefined) throw unknownClient(clientId);
  if (client.name !== request.name.text) throw nameMismatch(request.name.text);
  if (client.publicKey === undefined) {
    throw new Refusal("no-public-key", `${quoted(client.name)} has not sent a public key yet`);
  }
  const aesKey = crypto.getRandomValues(new Uint8Array(revision.aesKeySize));
  const encryptedKey = sealAesKey(client.publicKey, aesKey);
  await identities.keepKeys({ id: clientId, aesKey });
  return { clientId, aesKey, reply: { kind: "reconnectAccepted", clientId, encryptedKey } };
}

/** Returns the refusal of an unknown id. */
export function unknownClient(clientId: ClientId): Refusal {
  return new Refusal("unknown-client", `No client has the id ${clientIdHint(clientId)}`);
}

function nameMismatch(name: string): Refusal {
  return new Refusal(
    "name-mismatch",
    `The id was not registered under the name ${quoted(name)}`,
  );
}
