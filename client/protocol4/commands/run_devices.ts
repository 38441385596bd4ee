import { formatServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { quoted, visible } from "../../../shared/text/quoted.ts";
import { BUILD } from "../../build.ts";
import { type ClientError, EXIT, type ExitCode, localError } from "../../client_error.ts";
import type { CommandContext } from "../../command_context.ts";
import type { DevicesSettings } from "../../settings/login_settings.ts";
import { badAnswer, expectRemoved, expectStatus, RefusedRequest } from "../connection/errors.ts";
import { objectOf, requestDeviceCode } from "../identity/server_requests.ts";
import type { Session } from "../session.ts";
import { chosenServer, configOf, linkOptions, openSession } from "./command_server.ts";

/** A computer of the client, as the server lists it. */
interface Device {
  readonly id: string;
  readonly label: string;
  readonly added: string;
  readonly lastUsed: string | undefined;
  readonly current: boolean;
}

/** What a server says to a computer that it does not know. */
const UNKNOWN: ReadonlySet<string> = new Set(["signature-invalid", "client-unknown"]);

/** The most bytes of a list of devices. */
const MOST_LISTED = 1024 * 1024;

/** The command `devices`: adds, lists and removes the computers of a client. */
export async function runDevices(
  settings: DevicesSettings,
  context: CommandContext,
): Promise<ExitCode> {
  const { action, ids, server, json, quiet } = settings;
  const [id, surplus] = ids;
  if ((action === "remove") !== (id !== undefined) || surplus !== undefined) {
    throw localError(
      "bad-command-line",
      action === "remove"
        ? 'Name one computer by its id; "devices" alone shows them'
        : `"devices ${action}" takes no id`,
    );
  }
  const config = await configOf(settings, context);
  const options = linkOptions(settings, context);
  const known = await chosenServer(config, server);
  await using session = await openSession(known, { config, options, context });
  const { value, text } = action === "add"
    ? await added(session)
    : action === "list"
    ? listed(await devicesOf(session))
    : await removed(session, id ?? "");
  if (json) context.stdout.write(`${JSON.stringify(value)}\n`);
  else if (!quiet) context.stdout.write(text);
  return EXIT.sent;
}

/** A result, for JSON and for people. */
interface Result {
  readonly value: unknown;
  readonly text: string;
}

async function added(session: Session): Promise<Result> {
  const { code, expires } = await requestDeviceCode(session.link, {
    ...session.identity,
    key: await session.identity.key(),
  });
  const address = formatServerAddress({ ...session.server, invitation: code });
  return {
    value: { status: "offered", address, expires },
    text: `Run this on the other computer, before ${visible(expires)}; it works once:\n` +
      `  ${BUILD.call} login ${address}\n`,
  };
}

function listed(devices: readonly Device[]): Result {
  const text = devices.map(({ id, label, added, lastUsed, current }) => {
    const used = current ? "this computer" : `last used ${visible(lastUsed ?? "never")}`;
    return `${id}  ${label === "" ? "(no label)" : quoted(label)}, added ${
      visible(added)
    }, ${used}\n`;
  });
  return { value: { devices }, text: text.join("") };
}

async function removed(session: Session, given: string): Promise<Result> {
  const found = (await devicesOf(session)).filter(({ id }) => id.startsWith(given.toLowerCase()));
  const [device, another] = found;
  if (device === undefined || another !== undefined) {
    const what = device === undefined ? "No computer has" : "Several computers have";
    throw localError(
      "bad-setting",
      `${what} an id that begins with ${quoted(given)}; "devices" shows them`,
    );
  }
  const { id, label, current } = device;
  try {
    const answer = await session.request({ method: "DELETE", path: `/v4/devices/${id}` });
    await expectRemoved(answer, "remove the computer");
  } catch (error) {
    // The server had removed this computer, and its answer was lost: now it knows it no more.
    const isGone = current && error instanceof RefusedRequest && UNKNOWN.has(error.reason);
    if (!isGone) throw error;
  }
  return { value: { status: "removed", id, label }, text: `Removed ${id} ${quoted(label)}\n` };
}

async function devicesOf(session: Session): Promise<readonly Device[]> {
  const answer = await session.request({ method: "GET", path: "/v4/devices" });
  const { body } = await expectStatus(answer, {
    ...{ statuses: [200], doing: "list the computers" },
  });
  const { devices } = objectOf(await body.json(MOST_LISTED));
  if (!Array.isArray(devices)) throw badAnswer("answered without a list of computers");
  return devices.map(deviceOf);
}

function deviceOf(value: unknown): Device {
  const { id, label, added, lastUsed, current } = objectOf(value);
  const isText = typeof id === "string" && typeof label === "string" && typeof added === "string";
  if (!isText || !/^[0-9a-f]{32}$/.test(id)) throw noDevice();
  return {
    ...{ id, label, added, current: current === true },
    lastUsed: typeof lastUsed === "string" ? lastUsed : undefined,
  };
}

function noDevice(): ClientError {
  return badAnswer("answered with a computer of another form");
}
