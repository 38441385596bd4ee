import assert from "node:assert/strict";

import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";

Deno.test({
  name: `A gateway keeps its answers and its port when it is killed and started again${NO_GATEWAY}`,
  ignore: NO_GATEWAY !== "",
  async fn() {
    await using gateway = await S3Gateway.start();
    const ask = async () => {
      const answer = await fetch(`${gateway.endpoint}/`);
      return [answer.status, (await answer.text()).includes("ListAllMyBucketsResult")];
    };
    assert.equal(GATEWAY_KEYS.accessKeyId, "AKTEST");
    assert.deepEqual(await ask(), [200, true]);
    await gateway.kill();
    await assert.rejects(ask(), TypeError);
    await gateway.restart();
    assert.deepEqual(await ask(), [200, true]);
  },
});
