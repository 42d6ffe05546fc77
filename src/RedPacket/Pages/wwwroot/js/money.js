// Money is a whole number of fen and a BigInt from the wire to the text, never a float.

/** 123n → "¥1.23"; null → "–". */
export function yuan(fen) {
  if (fen === null || fen === undefined) return "–";
  const value = BigInt(fen);
  const digits = (value < 0n ? -value : value).toString().padStart(3, "0");
  return `${value < 0n ? "−" : ""}¥${grouped(digits.slice(0, -2))}.${digits.slice(-2)}`;
}

/** "1.2" → 120n; null if the text is not an amount. */
export function fenOf(text) {
  const found = /^\s*[¥￥]?\s*(\d{1,10})(?:[.。](\d{1,2}))?\s*$/.exec(text);
  return found ? BigInt(found[1]) * 100n + BigInt((found[2] ?? "").padEnd(2, "0")) : null;
}

/** A count: 1234567 → "1,234,567"; null → "–". */
export function count(number) {
  return number === null || number === undefined ? "–" : grouped(Math.round(Number(number)).toString());
}

/** A count for a small place, and for an axis: 9876 → "9,876"; 19981 → "20 k"; 1234567 → "1.23 M". */
export function brief(number) {
  if (number === null || number === undefined) return "–";
  const three = (value) => Number(value.toPrecision(3));
  if (number < 10_000) return Number.isInteger(number) ? grouped(`${number}`) : grouped(`${three(number)}`);
  return number < 999_500 ? `${three(number / 1000)} k` : `${three(number / 1_000_000)} M`;
}

function grouped(digits) {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * JSON whose members ending in Fen become BigInts. A browser that does not give access to a number's source text is exact up to
 * 2^53. A larger amount is then refused.
 */
export function parse(text) {
  return JSON.parse(text, (key, value, context) => {
    if (typeof value !== "number" || !key.endsWith("Fen")) return value;
    if (context?.source === undefined && !Number.isSafeInteger(value)) throw new RangeError(`${key} is too large`);
    return BigInt(context?.source ?? value);
  });
}

/** JSON whose BigInts become numbers. The amounts of a request always fit into one. */
export function stringify(body) {
  return JSON.stringify(body, (_, value) => (typeof value === "bigint" ? exact(value) : value));
}

function exact(value) {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`${value} is too large`);
  return Number(value);
}
