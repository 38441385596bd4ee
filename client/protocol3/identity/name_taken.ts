import { formatAddress } from "../../../shared/text/address.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import { BUILD } from "../../build.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import type { OwnIdentity } from "./own_identity.ts";

/** That the server has another client of that name: perhaps ourselves, if it has moved. */
export async function nameTaken(name: string, own: OwnIdentity): Promise<ClientError> {
  const [other] = await own.serversOf(name);
  const [from, to] = [other, own.server].map((server) => server && formatAddress(server));
  const advice = from === undefined
    ? `choose another name, or bring that client's me.info and priv.key here; if a registration ` +
      "of yours was cut off, try again in 10 minutes"
    : `if that is the server that was ${from} before, run "${BUILD.call} identity move ${from} ` +
      `${to}"; otherwise choose another name`;
  return new ClientError(`The server has another client named ${quoted(name)}; ${advice}`, {
    reason: "name-taken",
    exitCode: EXIT.refused,
  });
}
