import type { Environment } from "../../shared/settings/setting.ts";

/** The value of `..._PORT` that Kubernetes sets for a service, as Docker links did. */
const SERVICE_PORT = /^(?:tcp|udp|sctp):\/\//;

/** A variable that is not a setting. */
export interface IgnoredVariable {
  readonly variable: string;
  readonly value: string;
}

/**
 * Looks up variables in `env`, ignoring those of Kubernetes: for a service named `sealpost` it sets
 * `SEALPOST_PORT` to `tcp://10.0.0.7:1256` in every container. (Others that it sets, such as
 * `SEALPOST_SERVICE_HOST` and `SEALPOST_PORT_1256_TCP`, are not names of settings.) `onIgnored` is
 * called with each.
 */
export function withoutServices(
  env: Environment,
  onIgnored: (ignored: IgnoredVariable) => void,
): Environment {
  return (variable) => {
    const value = env(variable);
    if (value === undefined || !variable.endsWith("_PORT") || !SERVICE_PORT.test(value)) {
      return value;
    }
    onIgnored({ variable, value });
    return undefined;
  };
}
