using System.Text;
using System.Text.Json;
using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>The body of a grab's answer, checked against the request.</summary>
internal readonly record struct GrabReply(RequestOutcome Outcome, int Ordinal, int Fen)
{
    /// <summary>Reads a body. Returns what is wrong, or null when it follows the contract.</summary>
    public static string? Read(ReadOnlySpan<byte> body, ReadOnlySpan<byte> packetId, ReadOnlySpan<byte> userId,
        out GrabReply reply)
    {
        reply = default;
        var fields = new Fields();
        try
        {
            if (fields.Read(body, packetId, userId) is { } error)
                return error;
        }
        catch (JsonException exception)
        {
            return $"the body is not JSON ({exception.LineNumber}:{exception.BytePositionInLine})";
        }
        reply = new GrabReply(fields.Outcome, fields.Ordinal, fields.Fen);
        return fields.Check();
    }

    private ref struct Fields
    {
        private bool _packet;
        private bool _user;
        private bool _at;

        public RequestOutcome Outcome { get; private set; } = RequestOutcome.Failed;
        public int Ordinal { get; private set; }
        public int Fen { get; private set; }

        public Fields() { }

        public string? Read(ReadOnlySpan<byte> body, ReadOnlySpan<byte> packetId, ReadOnlySpan<byte> userId)
        {
            var json = new Utf8JsonReader(body);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return "the body is not a JSON object";
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (ReadField(ref json, packetId, userId) is { } error)
                    return error;
            }
            // Anything after the object is an error.
            return json.TokenType == JsonTokenType.EndObject && !json.Read() ? null : "the body is not one JSON object";
        }

        public readonly string? Check()
        {
            if (!_packet || !_user)
                return "the answer does not name packet and user";
            return Outcome switch
            {
                RequestOutcome.Failed => "the answer has no outcome",
                RequestOutcome.Won when Fen < 1 || Ordinal < 1 || !_at => "won without amountFen, ordinal and grabbedAt",
                not RequestOutcome.Won when Fen != 0 || Ordinal != 0 => "too late, but with a share",
                _ => null,
            };
        }

        private string? ReadField(ref Utf8JsonReader json, ReadOnlySpan<byte> packetId, ReadOnlySpan<byte> userId)
        {
            if (json.ValueTextEquals("packetId"u8))
                return (_packet = IsText(ref json, packetId)) ? null : "the answer is about another packet";
            if (json.ValueTextEquals("userId"u8))
                return (_user = IsText(ref json, userId)) ? null : "the answer is for another user";
            if (json.ValueTextEquals("outcome"u8))
                return ReadOutcome(ref json);
            if (json.ValueTextEquals("amountFen"u8))
                return Number(ref json) is { } fen ? Set(Ordinal, fen) : "amountFen is not a whole number";
            if (json.ValueTextEquals("ordinal"u8))
                return Number(ref json) is { } ordinal ? Set(ordinal, Fen) : "ordinal is not a whole number";
            if (json.ValueTextEquals("grabbedAt"u8))
                return (_at = IsTime(ref json)) ? null : "grabbedAt is not a time";
            return "a field outside the contract: " + Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(json.ValueSpan.Length, 40)]);
        }

        private string? ReadOutcome(ref Utf8JsonReader json)
        {
            if (!json.Read() || json.TokenType != JsonTokenType.String)
                return "outcome is not a text";
            Outcome = json.ValueTextEquals("won"u8) ? RequestOutcome.Won
                : json.ValueTextEquals("emptied"u8) ? RequestOutcome.Emptied
                : json.ValueTextEquals("expired"u8) ? RequestOutcome.Expired
                : RequestOutcome.Failed;
            return Outcome == RequestOutcome.Failed ? "an outcome outside the contract" : null;
        }

        private string? Set(int ordinal, int fen)
        {
            (Ordinal, Fen) = (ordinal, fen);
            return null;
        }

        private static bool IsText(ref Utf8JsonReader json, ReadOnlySpan<byte> expected) =>
            json.Read() && json.TokenType == JsonTokenType.String && json.ValueTextEquals(expected);

        private static int? Number(ref Utf8JsonReader json) =>
            json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var number) ? number : null;

        private static bool IsTime(ref Utf8JsonReader json) =>
            json.Read() && json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out _);
    }
}
