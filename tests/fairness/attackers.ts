/**
 * A process of attackers: `attackers.ts PORT WEB_PORT COUNT KIND,... ADDRESS,...`. Runs until it is
 * ended.
 */

import { attack, type KindName, KINDS } from "./kinds.ts";

const [port = "", webPort = "", count = "", kinds = "", addresses = ""] = Deno.args;
const [names, from] = [kinds.split(","), addresses.split(",")];
for (let at = 0; at < Number(count); at++) {
  const kind = names[at % names.length] ?? "";
  if (!(kind in KINDS)) throw new Error(`There is no kind ${kind}`);
  const address = from[Math.floor(at / names.length) % from.length] ?? "";
  void attack(kind as KindName, {
    port: Number(port),
    webPort: Number(webPort),
    address,
    name: `${kind} ${at} ${Math.random()}`,
  });
}
