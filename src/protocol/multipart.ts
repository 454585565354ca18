/**
 * A multipart answer of ItemOperations (MS-ASCMD 2.2.1.10.1.1): a count, offset and length of each part, the parts. All
 * numbers are 32 bits, little-endian as clients read them; the first part is the WBXML document.
 */

/** The Content-Type of such an answer (MS-ASCMD_R5505). */
export const multipartType = "application/vnd.ms-sync.multipart";

/** What stands before parts of these lengths. */
export function multipartHead(lengths: readonly number[]): Buffer {
  const head = Buffer.alloc(4 + 8 * lengths.length);
  head.writeInt32LE(lengths.length, 0);
  let offset = head.length;
  for (const [index, length] of lengths.entries()) {
    head.writeInt32LE(offset, 4 + 8 * index);
    head.writeInt32LE(length, 8 + 8 * index);
    offset += length;
  }
  return head;
}

/** The parts of an answer; throws RangeError for one whose numbers point outside of it. */
export function readMultipart(octets: Buffer): readonly Buffer[] {
  const count = octets.readInt32LE(0);
  if (count < 0 || 4 + 8 * count > octets.length) throw new RangeError(`${count} parts in ${octets.length} octets`);
  return Array.from({ length: count }, (_, index) => {
    const offset = octets.readInt32LE(4 + 8 * index);
    const end = offset + octets.readInt32LE(8 + 8 * index);
    if (offset < 4 + 8 * count || end < offset || end > octets.length)
      throw new RangeError(`part ${index} lies outside`);
    return octets.subarray(offset, end);
  });
}
