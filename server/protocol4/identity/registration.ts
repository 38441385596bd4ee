import { registerBytes } from "../../../shared/protocol4/keys/signed_bytes.ts";
import { isInvitation } from "../../../shared/protocol4/keys/server_address.ts";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { toHex } from "../../../shared/text/encodings.ts";
import { checkUserName, TextFileError } from "../../../shared/text/text.ts";
import { clientIdHint, clientIdOf } from "../../../shared/wire/client_id.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import type { RegistrationMode } from "../../settings/server_settings.ts";
import { type Admitted, deviceIdOf, type RefusedInvitation } from "../../storage/trees/accounts.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Exchange } from "../http/exchange.ts";
import { jsonBody, optionalText, textMember } from "../http/json_body.ts";
import type { Route } from "../http/router.ts";
import { isSignedFor, keyMember, proofOf } from "./proofs.ts";
import { randomId, secretHash } from "./token.ts";
import { type IdentityParts, issueToken } from "./tokens.ts";

/** The most bytes of what a client calls one of its computers. */
const LONGEST_LABEL = 254;

/** A registration as it was asked for. */
interface Asked {
  readonly name: string;
  readonly key: Uint8Array<ArrayBuffer>;
  readonly label: string;
  readonly invitation: string;
}

/** The result of a registration. */
export type Registered = Admitted | "name-taken" | RefusedInvitation;

/** A client that is to be registered with an invitation. */
export interface Registering {
  readonly name: string;
  readonly register: () => Promise<Registered>;
}

/** `POST /v4/clients`. */
export function registrationRoutes(
  parts: IdentityParts & {
    readonly registration: RegistrationMode;
    /** Registers with the invitation with this hash, which is taken over if there is one. */
    readonly useInvitation: (hash: Uint8Array, client: Registering) => Promise<Registered>;
  },
): readonly Route[] {
  const { accounts, nonces, serverKey, memory, registration, useInvitation } = parts;

  async function register(exchange: Exchange): Promise<Response> {
    const { slot, log } = exchange.peer;
    const body = await jsonBody(exchange.request, memory);
    const asked: Asked = {
      name: nameOf(textMember(body, "name")),
      key: keyMember(body),
      label: labelOf(optionalText(body, "label") ?? ""),
      invitation: optionalText(body, "invitation") ?? "",
    };
    const { name, key, invitation } = asked;
    const { nonce, signature } = await proofOf(body, nonces);
    const bytesFor = (server: Uint8Array) => registerBytes({ server, nonce, name, invitation });
    if (!await isSignedFor(serverKey, { key, signature, bytesFor })) {
      throw new ProblemError("signature-invalid");
    }
    if (!await slot.registers(name)) {
      throw new ProblemError("too-many-requests", "The address registered too many names");
    }
    let admitted: Admitted | undefined;
    let taken = false;
    try {
      await checkMode(asked);
      const result = await admit(asked);
      taken = result === "name-taken";
      if (typeof result === "string") throw refusalOf(result);
      admitted = result;
    } finally {
      if (admitted === undefined || admitted.repeated) slot.didNotRegister(name, { taken });
      else slot.registered(name, admitted.account.id);
    }
    const { account, device, repeated } = admitted;
    slot.identified(account.id);
    const { token, tokenId, scope, expires } = await issueToken(parts, { device });
    log.info(repeated ? "{name} registered again" : "{name} registered", {
      client: clientIdHint(account.id),
      name,
      event: "registered",
    });
    const known = { id: toHex(account.id), device: toHex(device.id) };
    return jsonAnswer({ ...known, token, tokenId, scope, expires }, { status: 201 });
  }

  /** Throws a `ProblemError` if clients cannot register this way; one that has may ask again. */
  async function checkMode({ name, key, invitation }: Asked): Promise<void> {
    if (registration === "open" || (registration === "invite" && invitation !== "")) return;
    const known = await accounts.accountNamed(name);
    const devices = known === undefined ? [] : await accounts.devices(known.id);
    if (devices.some(({ publicKey }) => sameBytes(publicKey, key))) return;
    throw new ProblemError(registration === "closed" ? "registration-closed" : "invitation-needed");
  }

  async function admit(asked: Asked): Promise<Registered> {
    const { name, key: publicKey, label, invitation } = asked;
    if (invitation !== "" && !isInvitation(invitation)) return "invitation-unknown";
    const hash = secretHash(invitation);
    const register = () =>
      accounts.register({
        id: clientIdOf(randomId()),
        name,
        device: { id: deviceIdOf(randomId()), publicKey, label },
        ...(invitation !== "" && { invitation: hash }),
      });
    const result = await register();
    if (result !== "invitation-unknown") return result;
    return await useInvitation(hash, { name, register });
  }

  return [{ path: "/v4/clients", resource: { POST: register } }];
}

/** The problem for an invitation, or a name, that is not accepted. */
export function refusalOf(refused: "name-taken" | RefusedInvitation): ProblemError {
  return refused === "invitation-for-another-name"
    ? new ProblemError("invitation-unknown", "The invitation is for another name")
    : new ProblemError(refused);
}

/** What a client calls one of its computers. Throws a `ProblemError`, `bad-request`. */
export function labelOf(label: string): string {
  const size = new TextEncoder().encode(label).byteLength;
  // deno-lint-ignore no-control-regex -- they are what is refused.
  if (size <= LONGEST_LABEL && !/[\x00-\x1f\x7f]/.test(label)) return label;
  throw new ProblemError("bad-request", `The label is to be a line of ${LONGEST_LABEL} bytes`);
}

function nameOf(name: string): string {
  try {
    checkUserName(name);
    return name;
  } catch (error) {
    if (error instanceof TextFileError) throw new ProblemError("bad-name", error.message);
    throw error;
  }
}
