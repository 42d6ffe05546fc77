using System.Buffers;
using System.Text;
using System.Text.Json;

namespace RedPacket.Ledger.Writing;

/// <summary>
/// Idempotency-Keys in the ledger: the fund of a packet names the hash of its sender and key in its terms. While a key
/// is valid it makes one packet, and a recording marks any other.
/// </summary>
internal static class IdempotencyKeys
{
    /// <summary>How long a key is valid, from the moment of sending.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    /// <summary>
    /// Two funds of one key that are closer together are one too many. An hour less than <see cref="Retention"/>,
    /// because a key that was restored may live by the clock of another Redis server.
    /// </summary>
    public static readonly long TooCloseMs = (long)(Retention - TimeSpan.FromHours(1)).TotalMilliseconds;

    private const int HashLength = 32;
    private static readonly SearchValues<byte> s_digits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>The hash in the terms of a fund; null for terms that hold none.</summary>
    public static string? HashIn(string? terms)
    {
        if (terms is null)
            return null;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(terms));
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !reader.ValueTextEquals("key"))
                    continue;
                return reader.Read() && reader.TokenType == JsonTokenType.String && IsHash(reader.ValueSpan) ? reader.GetString() : null;
            }
        }
        catch (JsonException)
        {
            // Terms of unknown origin may be any text. No send has made them.
        }
        return null;
    }

    private static bool IsHash(ReadOnlySpan<byte> text) =>
        text.Length == HashLength && text.IndexOfAnyExcept(s_digits) < 0;
}
