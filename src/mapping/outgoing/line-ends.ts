const cr = 0x0d;
const lf = 0x0a;
const crlf = Buffer.from("\r\n");

/** The same octets with every line ended by CRLF, as they may travel (RFC 5321 §2.3.8); the same buffer if they are. */
export function withLineEnds(message: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let kept = 0;
  let nextCr = message.indexOf(cr);
  let nextLf = message.indexOf(lf);
  while (nextCr >= 0 || nextLf >= 0) {
    const isPair = nextCr >= 0 && nextLf === nextCr + 1;
    const isCrFirst = nextCr >= 0 && (nextLf < 0 || nextCr < nextLf);
    if (!isPair) {
      const bare = isCrFirst ? nextCr : nextLf;
      pieces.push(message.subarray(kept, bare), crlf);
      kept = bare + 1;
    }
    const [afterCr, afterLf] = [nextCr + 1, nextLf + 1];
    if (isPair || isCrFirst) nextCr = message.indexOf(cr, afterCr);
    if (isPair || !isCrFirst) nextLf = message.indexOf(lf, afterLf);
  }
  return pieces.length === 0 ? message : Buffer.concat([...pieces, message.subarray(kept)]);
}
