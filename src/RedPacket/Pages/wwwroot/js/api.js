// Calls of the API. Only this module's memory keeps the bearer token.
import { parse, stringify } from "./money.js";
import { at } from "./base.js";

let token = null;

export function setToken(text) {
  token = text;
}

/** A refusal with the API's stable code, or "unreachable" if there was no answer. */
export class Problem extends Error {
  constructor(status, code, detail, retryAfter) {
    super(detail || code);
    Object.assign(this, { status, code, retryAfter });
  }
}

export const get = (path) => call("GET", path);
export const post = (path, body, headers) => call("POST", path, body, headers);
export const put = (path, body) => call("PUT", path, body);
export const remove = (path) => call("DELETE", path, undefined, { "Content-Type": "application/json" });

/** The report's path for the query of the page. */
export function reportPath(query, more = {}) {
  const parameters = new URLSearchParams();
  for (const name of ["packetId", "ordinal", "after", "asOf"]) if (query.get(name)) parameters.set(name, query.get(name));
  for (const [name, value] of Object.entries(more)) if (value) parameters.set(name, value);
  return `/api/v1/consistency?${parameters}`;
}

/** The unread response, for streams and files. */
export async function open(method, path, body, headers = {}, signal = undefined) {
  const all = { ...headers };
  if (token) all.Authorization = `Bearer ${token}`;
  if (body !== undefined) all["Content-Type"] = "application/json";
  const text = body === undefined ? undefined : stringify(body);
  let response;
  try {
    response = await fetch(at(path), { method, headers: all, body: text, signal, cache: "no-store", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "unreachable", "");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function call(method, path, body, headers) {
  const response = await open(method, path, body, headers);
  const text = await response.text();
  return text === "" ? null : parse(text);
}

async function refusal(response) {
  const text = await response.text();
  const retryAfter = response.headers.get("Retry-After");
  try {
    const problem = JSON.parse(text);
    return new Problem(response.status, problem.code ?? `${response.status}`, problem.detail ?? problem.title, retryAfter);
  } catch {
    return new Problem(response.status, `${response.status}`, "", retryAfter);
  }
}

/** Saves an answer as a file. A plain link could not send the token. */
export async function save(path, name) {
  const response = await open("GET", path);
  download(await response.blob(), name);
}

/** Saves a blob as a file. */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has read the blob by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
