/** The octets of WBXML 1.3 that EAS uses, and those it forbids by name (MS-ASWBXML_R655, R656). */

/** Version 1.3, public identifier "unknown", UTF-8, no string table: every EAS document begins with these four. */
export const header: readonly [number, number, number, number] = [0x03, 0x01, 0x6a, 0x00];

export const SWITCH_PAGE = 0x00;
export const END = 0x01;
export const ENTITY = 0x02;
export const STR_I = 0x03;
export const OPAQUE = 0xc3;

/** Flag of a tag octet: content follows, up to END. */
export const hasContent = 0x40;
/** Flag of a tag octet: attributes follow; EAS has none. */
export const hasAttributes = 0x80;
/** The bits of a tag octet that name the tag. */
export const identity = 0x3f;

/** Global tokens that EAS does not use, with the word for the error. */
export const forbidden: ReadonlyMap<number, string> = new Map([
  [0x04, "LITERAL"],
  [0x40, "EXT_I_0"],
  [0x41, "EXT_I_1"],
  [0x42, "EXT_I_2"],
  [0x43, "PI"],
  [0x44, "LITERAL_C"],
  [0x80, "EXT_T_0"],
  [0x81, "EXT_T_1"],
  [0x82, "EXT_T_2"],
  [0x83, "STR_T"],
  [0x84, "LITERAL_A"],
  [0xc0, "EXT_0"],
  [0xc1, "EXT_1"],
  [0xc2, "EXT_2"],
  [0xc4, "LITERAL_AC"],
]);
