import type { FC } from "hono/jsx";

/** How to send over protocol 4: the address has the key that the server has to prove. */
export const SendBy4: FC<{ address: string }> = ({ address }) => (
  <>
    <p>In a terminal, once, with your name instead of this one:</p>
    <pre class="copy" id="login">{`sealpost login ${address} --name "Your Name"`}</pre>
    <p>From then on, in the folder with the file:</p>
    <pre class="copy" id="send">sealpost send FILE</pre>
    <p class="note">
      Several files and folders may stand in the place of <code>FILE</code>. If it does not work,
      {" "}
      <code>sealpost doctor</code> says why.
    </p>
  </>
);

/** How to send over protocol 3: the server proves nothing. */
export const SendBy3: FC<{ server: string }> = ({ server }) => (
  <>
    <p>In a terminal, in the folder with the file, with your name instead of this one:</p>
    <pre class="copy" id="send">{`sealpost FILE --server ${server} --name "Your Name"`}</pre>
    <p class="note">
      Several files may stand in the place of <code>FILE</code>. If it does not work,{" "}
      <code>sealpost doctor</code> says why.
    </p>
  </>
);
