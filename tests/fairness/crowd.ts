/** Many honest clients at once, which send small files. */

import { lcg } from "../kernel/golden_vectors.ts";
import { TestClient } from "../peers/test_client.ts";
import { BoundLink } from "./bound_link.ts";
import { beside } from "./measure.ts";

const CONTENT = lcg(4, 1_000);

/** What a crowd came to, each list in ascending order. */
export interface Crowd {
  /** The number of files of each client. */
  readonly files: readonly number[];
  /** The seconds that each file took. */
  readonly seconds: readonly number[];
}

/** Lets so many clients send one small file after the other for some seconds. */
export async function crowd({ clients, seconds, server, stopping }: {
  readonly clients: number;
  readonly seconds: number;
  /** Flags of the server in addition. */
  readonly server?: readonly string[] | undefined;
  readonly stopping: AbortSignal;
}): Promise<Crowd> {
  const nobody = {
    ...{ kind: "alone", place: "other", connections: 0, stopping } as const,
    ...(server && { server }),
  };
  return await beside(nobody, async ({ port, honest }) => {
    const lines = await Promise.all(
      Array.from({ length: clients }, () => BoundLink.connect(port, honest)),
    );
    const members = lines.map((line, at) => new TestClient(line, { name: `Member ${at}` }));
    for (const client of members) await client.introduce();
    const taken: number[] = [];
    const end = performance.now() + seconds * 1_000;
    const files = await Promise.all(members.map(async (client) => {
      let count = 0;
      for (; performance.now() < end; count++) {
        const begun = performance.now();
        const fileName = `${count}.txt`;
        const received = (await client.file(CONTENT, { fileName }))?.kind;
        if (received !== "fileReceived") throw new Error(`A file was not received: ${received}`);
        await client.ask(client.verdict("crcValid", fileName));
        taken.push((performance.now() - begun) / 1_000);
      }
      return count;
    }));
    for (const line of lines) line[Symbol.dispose]();
    const ascending = (a: number, b: number) => a - b;
    return { files: files.sort(ascending), seconds: taken.sort(ascending) };
  });
}
