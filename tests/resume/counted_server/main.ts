/**
 * The server as a program, which writes down the bytes of bodies that its application reads, in a
 * file that it is given before its own arguments: the number survives a SIGKILL.
 */

import { Counters } from "../../../server/observe/counters.ts";
import { runProgram } from "../../../server/run_program.ts";
import { systemIo } from "../../../server/server_io.ts";

const [path = "", ...args] = Deno.args;
const file = Deno.openSync(path, { read: true, write: true, create: true });
const number = new DataView(new ArrayBuffer(8));
file.readSync(new Uint8Array(number.buffer));

const { add } = Counters.prototype;
Counters.prototype.add = function (name: string, by = 1): void {
  if (name === "bytes-received") {
    number.setFloat64(0, number.getFloat64(0) + by);
    file.seekSync(0, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(number.buffer));
  }
  add.call(this, name, by);
};

Deno.exit(await runProgram(args, systemIo()));
