// The identity of the caller. In the demo: a cookie that the host sets and no script can read. In the service: a bearer token in memory.
import { get, post, remove, setToken, Problem } from "./api.js";
import { store } from "./state.js";

export const session = store({ known: false, demo: false, userId: null, name: null, operator: false, network: false, joinUrl: null });

export async function loadSession() {
  try {
    const answer = await get("/demo/who");
    session.set({ known: true, demo: true, ...answer });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    // The service has no such call. Any other problem says nothing of what it is.
    session.set(problem.status === 404 ? { known: true, demo: false } : { known: true });
  }
}

export async function chooseUser(userId, operator) {
  const answer = await leaving(() => post("/demo/who", { userId, operator }));
  session.set({ demo: true, userId, operator, ...(answer ?? {}) });
}

export async function forgetUser() {
  if (session.get().demo) {
    await leaving(() => remove("/demo/who"));
    await loadSession();
  } else {
    setToken(null);
    session.set({ userId: null, name: null, operator: false });
  }
}

// The cookie changes before the answer is here. Nothing of the former user may be read in between.
async function leaving(call) {
  const { userId, name, operator } = session.get();
  session.set({ userId: null, name: null, operator: false });
  try {
    return await call();
  } catch (problem) {
    session.set({ userId, name, operator });
    throw problem;
  }
}

/** Uses a token and shows the identity that it claims. The service validates it at each call. Returns false if it is not a token. */
export function acceptToken(text) {
  const claims = readClaims(text.trim());
  if (!claims?.sub) return false;
  setToken(text.trim());
  const name = typeof claims.name === "string" ? claims.name : null;
  session.set({ userId: claims.sub, name, operator: [claims.role ?? []].flat().includes("operator") });
  return true;
}

function readClaims(token) {
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  } catch {
    return null;
  }
}
