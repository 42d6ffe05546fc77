namespace RedPacket.Http;

/// <summary>
/// Every code that a refusal may carry: its status and its meaning. A code never changes its meaning. src/API.md has
/// the same table.
/// </summary>
internal static class Codes
{
    private static readonly Dictionary<string, (int Status, string Meaning)> s_badRequests = new()
    {
        ["amount_out_of_range"] = (400, "amountFen is not a whole number of fen from 1, or of count, to the limit."),
        ["bad_request"] = (400, "The request could not be read."),
        ["body_not_allowed"] = (400, "This call takes no body."),
        ["count_out_of_range"] = (400, "count is not a whole number from 1 to the limit."),
        ["expiry_out_of_range"] = (400, "expiresInSeconds is not within the limits."),
        ["format_invalid"] = (400, "format is none of those that the call has."),
        ["greeting_invalid"] = (400,
            "The greeting is too long, or has control or format characters, separators, characters of private use or lone surrogates."),
        ["host_not_allowed"] = (400, "The header Host has a name that AllowedHosts does not have."),
        ["invalid_json"] = (400, "The body is not the JSON that this call takes."),
        ["key_invalid"] = (400, "Idempotency-Key is not 1 to 200 visible ASCII characters."),
        ["key_missing"] = (400, "The header Idempotency-Key is missing."),
        ["kind_unknown"] = (400, "kind is not lucky or equal."),
        ["not_divisible"] = (400, "amountFen is not divisible by count."),
        ["page_invalid"] = (400, "after is not a valid cursor of this list, or limit is out of range."),
        ["packet_id_invalid"] = (400, "This is not a packet id."),
        ["position_out_of_range"] = (400, "position, grabs or grantedFen is not a whole number from 0 to the limit."),
        ["query_invalid"] = (400, "A query parameter has an invalid value."),
        ["query_unknown"] = (400, "The query has a parameter that this call does not know."),
        ["reason_invalid"] = (400, "The reason is missing, too long, or has control characters."),
        ["seconds_out_of_range"] = (400, "A duration in seconds, or a rate per second, is not within its limits."),
        ["state_invalid"] = (400, "state is not open, emptied or expired."),
        ["subscriber_invalid"] = (400, "The name of the subscriber is too long, or has other characters than a-z, 0-9 and -."),
        ["unknown_field"] = (400, "The body has a field that this call does not know."),
        ["user_invalid"] = (400, "The user id is too long, outside its alphabet, or one of . and .."),
    };

    private static readonly Dictionary<string, (int Status, string Meaning)> s_others = new()
    {
        ["unauthenticated"] = (401, "No token, or not a valid one."),
        ["forbidden"] = (403, "The caller may not see or do this."),
        ["claim_unknown"] = (404, "The packet has no claim of this user or ordinal."),
        ["not_found"] = (404, "There is nothing at this address."),
        ["parked_unknown"] = (404, "No parked entry has this id."),
        ["packet_archived"] = (404, "The packet was archived. Its transfers are in the ledger."),
        ["packet_unknown"] = (404, "No packet has this id."),
        ["report_unknown"] = (404, "No report of that time or before was kept."),
        ["role_absent"] = (404, "This process lacks the role that serves this address: see detail."),
        ["subscriber_unknown"] = (404, "No subscriber of this name has reported."),
        ["method_not_allowed"] = (405, "The address exists, but not for this method. Allow names its methods."),
        ["not_acceptable"] = (406, "No answer in a form that Accept allows."),
        ["request_timeout"] = (408, "The body came too slowly."),
        ["not_available"] = (409, "This cannot be done here: see detail."),
        ["parked_needed"] = (409, "The books need this parked entry. Remove the cause, then replay it."),
        ["parked_share"] = (409, "This parked entry is a share that a user may have won. Replay it, or pay it by a correction."),
        ["raise_under_way"] = (409, "The number of shards is being raised to another number."),
        ["shards_not_lowered"] = (409, "The house has more shards than that, and their number never falls."),
        ["totals_refused"] = (409, "The ledger was left as it is: a row breaks one of its rules."),
        ["body_too_large"] = (413, "The body is over the limit."),
        ["uri_too_long"] = (414, "The request line is too long."),
        ["content_encoding_unsupported"] = (415, "The service does not decode bodies: send them without Content-Encoding."),
        ["media_type_unsupported"] = (415, "Content-Type is not application/json."),
        ["key_reused"] = (422, "The Idempotency-Key was used with other content."),
        ["limit_reached"] = (429, "The user is beyond a limit: grabs in a second, packets in an hour, fen in a day, or open packets."),
        ["rate_limited"] = (429, "Too many requests from this user."),
        ["headers_too_large"] = (431, "The header fields are too large."),
        ["internal_error"] = (500, "A fault of the service."),
        ["gate_closed"] = (503, "The packets are being compared with the ledger."),
        ["issuer_unavailable"] = (503, "The keys of the token's issuer cannot be read, so that the token cannot be checked."),
        ["ledger_unavailable"] = (503, "The ledger cannot be reached."),
        ["packet_damaged"] = (503, "This packet's record contradicts itself. It stays as it is until an operator has looked at it."),
        ["outbox_full"] = (503, "The ledger is too far behind."),
        ["role_unavailable"] = (503, "The process that serves this address does not answer."),
        ["room_unavailable"] = (503, "The store of this subscriber cannot be read."),
        ["streams_full"] = (503, "This process, or this address, has as many open streams as it may."),
        ["stopping"] = (503, "This process is stopping."),
        ["store_unavailable"] = (503, "Redis cannot be reached, or cannot write."),
        ["store_volatile"] = (503, "Redis may forget what it acknowledges. Nothing is granted until its settings are right: see detail."),
    };

    public static IReadOnlyDictionary<string, (int Status, string Meaning)> All { get; } = s_badRequests.Concat(s_others).ToDictionary();
}
