using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Packets;

/// <summary>
/// The part of a send that the packet's hash and its fund entry keep besides amount and creation time. It yields the
/// same shares again, and the same body for the same request. Redis and ledger store its JSON text, which is written
/// once and never formatted again.
/// </summary>
/// <param name="Sender">The user who funded it.</param>
/// <param name="Kind"><c>lucky</c> or <c>equal</c>.</param>
/// <param name="Count">How many shares.</param>
/// <param name="Greeting">As sent.</param>
/// <param name="ExpiresIn">Seconds from creation to expiry.</param>
/// <param name="Split">The name of the split (<see cref="Splits"/>) that made the shares.</param>
/// <param name="Seed">The seed of the split, or its name (<see cref="SplitSeeds"/>).</param>
/// <param name="Key">The hash of sender and Idempotency-Key.</param>
internal sealed record PacketTerms(
    string Sender, string Kind, int Count, string Greeting, int ExpiresIn, string Split, string Seed, string Key)
{
    /// <summary>The text that is stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PacketTermsJson.Stored.PacketTerms);

    /// <summary>Reads a stored text. Throws for any other text: then Redis or the ledger was damaged.</summary>
    public static PacketTerms Parse(string json) => JsonSerializer.Deserialize(json, PacketTermsJson.Stored.PacketTerms)
        ?? throw new InvalidDataException($"The terms of a packet are null: {json}");

    /// <summary>Reads a text of unknown origin; null when it yields no shares of this amount.</summary>
    public static PacketTerms? TryParse(string json, long amountFen)
    {
        try
        {
            var terms = JsonSerializer.Deserialize(json, PacketTermsJson.Stored.PacketTerms);
            return terms is not null && Splits.Can(terms.Split, amountFen, terms.Count) && SplitSeeds.IsSeed(terms.Seed) ? terms : null;
        }
        // An argument is wrong when the text has half of a surrogate pair.
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// A hash of the request's content. It tells a repeated send from another one that reuses its Idempotency-Key
    /// (PROTOCOL 2.3).
    /// </summary>
    public string ContentHash(long amountFen) =>
        HashOf(string.Create(CultureInfo.InvariantCulture, $"{Kind}\n{amountFen}\n{Count}\n{ExpiresIn}\n{Greeting}"));

    /// <summary>The hash that names the sender's Idempotency-Key in Redis.</summary>
    public static string KeyHash(string senderId, string idempotencyKey) => HashOf($"{senderId}\n{idempotencyKey}");

    private static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PacketTerms))]
internal sealed partial class PacketTermsJson : JsonSerializerContext
{
    /// <summary>Escapes only what JSON requires, so that greetings stay readable in Redis and ledger.</summary>
    public static readonly PacketTermsJson Stored = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
