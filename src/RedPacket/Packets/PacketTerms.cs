using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Packets;

/// <summary>
/// What a packet's hash and its fund entry keep of the send besides amount and creation time: enough to deal the same shares again
/// and to answer the same request with the same body. Written as compact JSON; the text itself is stored, and never written anew.
/// </summary>
/// <param name="Sender">Who funded it.</param>
/// <param name="Kind"><c>lucky</c> or <c>equal</c>.</param>
/// <param name="Count">How many shares.</param>
/// <param name="Greeting">As sent.</param>
/// <param name="ExpiresIn">Seconds from creation to expiry.</param>
/// <param name="Split">The name of the split (<see cref="Splits"/>) that made the shares.</param>
/// <param name="Seed">The seed of the split, 16 hex digits. Secret as long as the packet is open.</param>
/// <param name="Key">The hash of sender and Idempotency-Key.</param>
internal sealed record PacketTerms(string Sender, string Kind, int Count, string Greeting, int ExpiresIn, string Split, string Seed, string Key)
{
    /// <summary>The text that is stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PacketTermsJson.Stored.PacketTerms);

    /// <summary>Reads a stored text; throws when it is not one, since then Redis or the ledger has been damaged.</summary>
    public static PacketTerms Parse(string json) =>
        JsonSerializer.Deserialize(json, PacketTermsJson.Stored.PacketTerms) ?? throw new InvalidDataException($"Terms of a packet are null: {json}");

    /// <summary>Reads a text of unknown origin; null when no packet can be dealt from it.</summary>
    public static PacketTerms? TryParse(string json)
    {
        try
        {
            var terms = JsonSerializer.Deserialize(json, PacketTermsJson.Stored.PacketTerms);
            return terms is { Count: > 0 } && Splits.IsKnown(terms.Split) && ulong.TryParse(terms.Seed, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _) ? terms : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The seed as a number.</summary>
    public ulong SeedNumber => ulong.Parse(Seed, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>A hash of what was asked for, by which a reused Idempotency-Key with other content is told from a repetition.</summary>
    public string ContentHash(long amountFen) =>
        HashOf(string.Create(CultureInfo.InvariantCulture, $"{Kind}\n{amountFen}\n{Count}\n{ExpiresIn}\n{Greeting}"));

    /// <summary>The hash under which the sender's Idempotency-Key is kept.</summary>
    public static string KeyHash(string senderId, string idempotencyKey) => HashOf($"{senderId}\n{idempotencyKey}");

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PacketTerms))]
internal sealed partial class PacketTermsJson : JsonSerializerContext
{
    /// <summary>Greetings stay readable in the store: only what JSON itself demands is escaped.</summary>
    public static readonly PacketTermsJson Stored = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
