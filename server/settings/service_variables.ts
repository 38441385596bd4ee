import type { Environment } from "../../shared/settings/variable.ts";

/** What Kubernetes sets `..._PORT` to for a service, as the links of Docker did. */
const SERVICE_PORT = /^(?:tcp|udp|sctp):\/\//;

/** A variable that is not a setting. */
export interface IgnoredVariable {
  readonly variable: string;
  readonly value: string;
}

/**
 * Looks variables up in `env`, but not those of Kubernetes: for a service named `sealpost` it sets
 * `SEALPOST_PORT` to `tcp://10.0.0.7:1256` in every container. (The others that it sets,
 * `SEALPOST_SERVICE_HOST` and `SEALPOST_PORT_1256_TCP` for instance, are called like no setting.)
 * `onIgnored` is told of each.
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
