namespace RedPacket.Http;

/// <summary>
/// Every code that a refusal may carry: its status and its meaning. A code never changes its meaning. src/API.md has the same table.
/// </summary>
internal static class Codes
{
    public static readonly IReadOnlyDictionary<string, (int Status, string Meaning)> All = new Dictionary<string, (int, string)>
    {
        ["amount_out_of_range"] = (400, "amountFen is not a whole number of fen from 1, or of count, to the limit."),
        ["bad_request"] = (400, "The request could not be read."),
        ["body_not_allowed"] = (400, "This call takes no body."),
        ["count_out_of_range"] = (400, "count is not a whole number from 1 to the limit."),
        ["expiry_out_of_range"] = (400, "expiresInSeconds is not within the limits."),
        ["format_invalid"] = (400, "format is not json, csv or html."),
        ["greeting_invalid"] = (400, "The greeting is too long, or has control characters, bidirectional overrides or lone surrogates."),
        ["invalid_json"] = (400, "The body is not the JSON that this call takes."),
        ["key_invalid"] = (400, "Idempotency-Key is not 1 to 200 visible ASCII characters."),
        ["key_missing"] = (400, "The header Idempotency-Key is missing."),
        ["kind_unknown"] = (400, "kind is not lucky or equal."),
        ["not_divisible"] = (400, "amountFen is not divisible by count."),
        ["page_invalid"] = (400, "after is not a valid cursor of this list, or limit is out of range."),
        ["packet_id_invalid"] = (400, "This is not a packet id."),
        ["query_invalid"] = (400, "A query parameter has an invalid value."),
        ["seconds_out_of_range"] = (400, "A duration in seconds, or a rate per second, is not within its limits."),
        ["state_invalid"] = (400, "state is not open, emptied or expired."),
        ["unknown_field"] = (400, "The body has a field that this call does not know."),
        ["user_invalid"] = (400, "The user id is outside its alphabet."),
        ["unauthenticated"] = (401, "No token, or not a valid one."),
        ["forbidden"] = (403, "The caller may not see or do this."),
        ["claim_unknown"] = (404, "The packet has no claim of this user or ordinal."),
        ["not_found"] = (404, "There is nothing at this address."),
        ["parked_unknown"] = (404, "No parked entry has this id."),
        ["packet_archived"] = (404, "The packet was archived. Its transfers are in the ledger."),
        ["packet_unknown"] = (404, "No packet has this id."),
        ["role_absent"] = (404, "This process lacks the role that serves this address: see detail."),
        ["method_not_allowed"] = (405, "The address exists, but not for this method. Allow names its methods."),
        ["not_acceptable"] = (406, "No answer in a form that Accept allows."),
        ["request_timeout"] = (408, "The body came too slowly."),
        ["not_available"] = (409, "This cannot be done here: see detail."),
        ["totals_refused"] = (409, "The totals were left as they are: a row breaks a rule of the ledger."),
        ["body_too_large"] = (413, "The body is over the limit."),
        ["uri_too_long"] = (414, "The request line is too long."),
        ["content_encoding_unsupported"] = (415, "The service does not decode bodies: send them without Content-Encoding."),
        ["media_type_unsupported"] = (415, "Content-Type is not application/json."),
        ["key_reused"] = (422, "The Idempotency-Key was used with other content."),
        ["rate_limited"] = (429, "Too many requests from this user."),
        ["headers_too_large"] = (431, "The header fields are too large."),
        ["internal_error"] = (500, "A fault of the service."),
        ["gate_closed"] = (503, "The packets are being compared with the ledger."),
        ["ledger_unavailable"] = (503, "The ledger cannot be reached."),
        ["packet_damaged"] = (503, "This packet's record contradicts itself. It stays as it is until an operator has looked at it."),
        ["outbox_full"] = (503, "The ledger is too far behind."),
        ["role_unavailable"] = (503, "The process that serves this address does not answer."),
        ["stopping"] = (503, "This process is stopping."),
        ["store_unavailable"] = (503, "Redis cannot be reached, or cannot write."),
    };
}
