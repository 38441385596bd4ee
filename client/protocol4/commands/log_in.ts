import { DEVICE_CODE_PREFIX } from "../../../shared/protocol4/keys/server_address.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import { ClientError, EXIT, localError } from "../../client_error.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";
import { expectStatus, RefusedRequest } from "../connection/errors.ts";
import type { ServerLink } from "../connection/server_link.ts";
import {
  type Identity,
  makeDeviceKey,
  readIdentity,
  writeIdentity,
} from "../identity/identity_file.ts";
import { addDevice, type Admission, register, requestToken } from "../identity/server_requests.ts";
import { writeToken } from "../identity/token_file.ts";

export interface LogInOptions {
  /** The configuration folder. */
  readonly config: string;
  /** The folder of the server's key. */
  readonly folder: string;
  readonly name: string | undefined;
  readonly label: string;
  /** An invitation, or the code of another computer of the client. */
  readonly invitation: string | undefined;
  readonly write: WriteOptions;
  /** Called when the server has proved its key. */
  readonly onProven: () => Promise<void>;
  /** Asks the user; undefined without a terminal. */
  readonly askName: (() => string) | undefined;
  readonly askInvitation: (() => string) | undefined;
}

/** What a login came to. */
export interface LoggedIn {
  readonly status: "registered" | "logged-in" | "device-added";
  readonly identity: Identity;
}

/**
 * Logs in to a server: with the identity that there is; else registers, or is added to the client
 * whose code was given. The key is on the disk before the server hears of it, so that a
 * registration whose answer was lost can be repeated. Hold the lock of the configuration folder.
 *
 * Throws a `ClientError`: `bad-setting` for a name or an invitation that does not fit, a
 * `RefusedRequest`, and what the link throws.
 */
export async function logIn(link: ServerLink, options: LogInOptions): Promise<LoggedIn> {
  const { folder, write, onProven } = options;
  const before = await readIdentity(folder);
  const doing = "say what it speaks";
  const about = await link.request({ method: "GET", path: "/v4" });
  await (await expectStatus(about, { statuses: [200], doing })).body.bytes();
  await onProven();
  if (before?.id !== undefined) return await again(link, { ...before, id: before.id }, options);
  const isDevice = options.invitation?.startsWith(DEVICE_CODE_PREFIX) ?? false;
  const name = isDevice ? "" : options.name ?? (before?.name || nameBy(options));
  const draft = {
    ...{ key: before?.key ?? await makeDeviceKey(), name },
    ...{ id: undefined, device: undefined },
  };
  await writeIdentity(folder, { identity: draft, ...write });
  const { key, ...admission } = isDevice
    ? await added(link, draft, options)
    : await registered(link, draft, options);
  const { id, device, token } = admission;
  const identity = { key, id, device, name: admission.name ?? name };
  await writeIdentity(folder, { identity, ...write });
  await writeToken(folder, { token, ...write });
  const isFormer = key !== draft.key;
  return { status: isDevice ? "device-added" : isFormer ? "logged-in" : "registered", identity };
}

/** What a server says of a client, and the key by which it knows it. */
type Admitted = Admission & Pick<Identity, "key">;

/** Adds this computer to the client whose code was given. */
async function added(
  link: ServerLink,
  { key }: Pick<Identity, "key">,
  { label, invitation: code = "" }: LogInOptions,
): Promise<Admitted> {
  return { ...await addDevice(link, { key, label, code }), key };
}

/** Logs in as who the client is. */
async function again(
  link: ServerLink,
  identity: Identity & { readonly id: string },
  { folder, name, invitation, write }: LogInOptions,
): Promise<LoggedIn> {
  const as = quoted(identity.name);
  if (name !== undefined && name !== identity.name) {
    throw localError(
      "bad-setting",
      `This client is registered as ${as} there; log in without --name, or name another folder ` +
        "with --dir",
    );
  }
  if (invitation?.startsWith(DEVICE_CODE_PREFIX)) {
    throw localError(
      "bad-setting",
      `This computer is registered as ${as} there; name another folder with --dir to add it to ` +
        "another client",
    );
  }
  const token = await requestToken(link, identity);
  await writeToken(folder, { token, ...write });
  return { status: "logged-in", identity };
}

/** Registers, and asks for an invitation if the server wants one. */
async function registered(
  link: ServerLink,
  { key, name }: Pick<Identity, "key" | "name">,
  options: LogInOptions,
): Promise<Admitted> {
  const { label, invitation = "", askInvitation } = options;
  try {
    return { ...await register(link, { key, name, label, invitation }), key };
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    if (error.reason === "name-taken") {
      const former = await asBefore(link, name, options);
      if (former === undefined) throw nameTaken(error, name);
      return former;
    }
    const isNeeded = error.reason === "invitation-needed";
    if (!isNeeded || askInvitation === undefined) throw error;
    return { ...await register(link, { key, name, label, invitation: askInvitation() }), key };
  }
}

/**
 * The client whose name is taken, if this computer is one of its own: a server that has lost its
 * key has another, and knows those of its clients still. Undefined if it is another client.
 */
async function asBefore(
  link: ServerLink,
  name: string,
  { config, label, invitation = "" }: LogInOptions,
): Promise<Admitted | undefined> {
  const { formerKeys } = await import("../identity/former_keys.ts");
  for await (const key of formerKeys(config, name)) {
    try {
      return { ...await register(link, { key, name, label, invitation }), key };
    } catch (error) {
      if (!(error instanceof RefusedRequest) || error.reason !== "name-taken") throw error;
    }
  }
  return undefined;
}

function nameTaken(error: RefusedRequest, name: string): ClientError {
  return new ClientError(
    `The server has another client named ${quoted(name)}; give another name with --name, or, if ` +
      'that is you on another computer, the address that "devices add" prints there',
    { reason: "name-taken", exitCode: EXIT.refused, cause: error },
  );
}

function nameBy({ askName }: LogInOptions): string {
  if (askName !== undefined) return askName();
  throw localError("bad-setting", "The first login needs a name to register under; give --name");
}
