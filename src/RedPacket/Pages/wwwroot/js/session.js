// Who the pages speak for. In the demo a cookie that the host sets and no script can read; in the service a bearer token, in memory only.
import { get, post, remove, setToken, Problem } from "./api.js";
import { store } from "./state.js";

export const who = store({ known: false, demo: false, userId: null, operator: false, network: false, joinUrl: null });

export async function ask() {
  try {
    const answer = await get("/demo/who");
    who.set({ known: true, demo: true, ...answer });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // 404: this is the service, which has no demo in it.
    who.set({ known: true, demo: false });
  }
}

export async function choose(userId, operator) {
  const answer = await post("/demo/who", { userId, operator });
  who.set({ demo: true, userId, operator, ...(answer ?? {}) });
}

export async function forget() {
  if (who.get().demo) {
    await remove("/demo/who");
    await ask();
  } else {
    setToken(null);
    who.set({ userId: null, operator: false });
  }
}

/** Takes a token for what it says; the service judges it at each call. Answers false when it is none. */
export function bear(text) {
  const claims = read(text.trim());
  if (!claims?.sub) return false;
  setToken(text.trim());
  who.set({ userId: claims.sub, operator: [claims.role ?? []].flat().includes("operator") });
  return true;
}

function read(token) {
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  } catch {
    return null;
  }
}
