using System.Text;
using System.Text.Json;
using RedPacket.LoadTest.Engine;

namespace RedPacket.LoadTest.Traffic;

/// <summary>The body of a grab's answer, read and held against what was asked.</summary>
internal readonly record struct GrabReply(RequestOutcome Outcome, int Ordinal, int Fen)
{
    /// <summary>What is wrong with it; null when it is as the contract has it.</summary>
    public static string? Read(ReadOnlySpan<byte> body, ReadOnlySpan<byte> packetId, ReadOnlySpan<byte> userId, out GrabReply answer)
    {
        answer = default;
        var fields = new Fields();
        try
        {
            if (fields.Read(body, packetId, userId) is { } wrong)
                return wrong;
        }
        catch (JsonException exception)
        {
            return $"the body is not JSON ({exception.LineNumber}:{exception.BytePositionInLine})";
        }
        answer = new GrabReply(fields.Outcome, fields.Ordinal, fields.Fen);
        return fields.Complaint();
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
                var wrong = Take(ref json, packetId, userId);
                if (wrong is not null)
                    return wrong;
            }
            // Reads on to the end: what stands behind the object is refused.
            return json.TokenType == JsonTokenType.EndObject && !json.Read() ? null : "the body is not one JSON object";
        }

        public readonly string? Complaint()
        {
            if (!_packet || !_user)
                return "the answer does not name packet and user";
            return Outcome switch
            {
                RequestOutcome.Failed => "the answer has no outcome",
                RequestOutcome.Won when Fen < 1 || Ordinal < 1 || !_at => "won, without amountFen, ordinal and grabbedAt",
                not RequestOutcome.Won when Fen != 0 || Ordinal != 0 => "too late, and yet a share",
                _ => null,
            };
        }

        private string? Take(ref Utf8JsonReader json, ReadOnlySpan<byte> packetId, ReadOnlySpan<byte> userId)
        {
            if (json.ValueTextEquals("packetId"u8))
                return (_packet = Text(ref json, packetId)) ? null : "the answer is about another packet";
            if (json.ValueTextEquals("userId"u8))
                return (_user = Text(ref json, userId)) ? null : "the answer is for another user";
            if (json.ValueTextEquals("outcome"u8))
                return TakeOutcome(ref json);
            if (json.ValueTextEquals("amountFen"u8))
                return json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var fen) ? Set(Ordinal, fen) : "amountFen is no whole number";
            if (json.ValueTextEquals("ordinal"u8))
                return json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var ordinal) ? Set(ordinal, Fen) : "ordinal is no whole number";
            if (json.ValueTextEquals("grabbedAt"u8))
                return (_at = json.Read() && json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out _)) ? null : "grabbedAt is no time";
            return "the answer has a field that no contract knows: " + Encoding.UTF8.GetString(json.ValueSpan[..Math.Min(json.ValueSpan.Length, 40)]);
        }

        private string? TakeOutcome(ref Utf8JsonReader json)
        {
            if (!json.Read() || json.TokenType != JsonTokenType.String)
                return "outcome is no text";
            Outcome = json.ValueTextEquals("won"u8) ? RequestOutcome.Won
                : json.ValueTextEquals("emptied"u8) ? RequestOutcome.Emptied
                : json.ValueTextEquals("expired"u8) ? RequestOutcome.Expired
                : RequestOutcome.Failed;
            return Outcome == RequestOutcome.Failed ? "an outcome that no contract knows" : null;
        }

        private string? Set(int ordinal, int fen)
        {
            (Ordinal, Fen) = (ordinal, fen);
            return null;
        }

        private static bool Text(ref Utf8JsonReader json, ReadOnlySpan<byte> expected) => json.Read() && json.TokenType == JsonTokenType.String && json.ValueTextEquals(expected);
    }
}
