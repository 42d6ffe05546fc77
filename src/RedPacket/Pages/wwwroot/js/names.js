// Names in any script, in the demo only. User ids have few characters. A name with others becomes an id that contains the name.
import { session } from "./session.js";

const idAlphabet = /^(?!\.{1,2}$)[A-Za-z0-9._~@|:+/=-]{1,255}$/;
const mark = "name~";
const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** The most UTF-16 units of a name that is not an id. Its UTF-8 form has at most 90 bytes, and its id 125 characters. */
export const longestName = 30;

/** "alice" → "alice", "张三" → "name~5byg5LiJ" (base64url of UTF-8), null if the text cannot be a name. */
export function idOf(text) {
  const name = text.trim().normalize();
  if (idAlphabet.test(name)) return name;
  if (name === "" || name.length > longestName || unsafe.test(name)) return null;
  const bytes = String.fromCharCode(...new TextEncoder().encode(name));
  return mark + btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The name in an id, or the id itself. Only an id that idOf makes has a name, so no id can pass for another. */
export function nameOf(userId) {
  if (!session.get().demo || !userId.startsWith(mark)) return userId;
  try {
    const bytes = atob(userId.slice(mark.length).replace(/-/g, "+").replace(/_/g, "/"));
    const name = new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
    return idOf(name) === userId ? name : userId;
  } catch {
    return userId;
  }
}
