import { type Kind, kind } from "../../shared/settings/kind.ts";
import { hostFault } from "../../shared/text/address.ts";

/** A name in the DNS: labels of letters, digits and hyphens, 253 characters at most. */
const NAME = /^(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;

/** An IPv4 address, which no certificate has as a name. */
const NUMBERS = /^[0-9.]+$/;

/** The value of `--hostname`, in lower case. */
export const hostname: Kind<string> = kind({
  metavar: "NAME",
  parse(text) {
    const name = text.toLowerCase();
    return NAME.test(name) && !NUMBERS.test(name) ? name : undefined;
  },
  expected: "a host name such as server.example",
  fault: hostFault,
});
