using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Packets;

/// <summary>
/// Makes the seeds of splits. The seed tells all shares of the packet. The terms pass through the broker into the
/// ledger while the packet is open, so with <c>Packets:SplitKeys</c> they hold a name of the seed, and only the keys
/// make the seed out of it.
/// </summary>
internal sealed class SplitSeeds(IOptions<PacketsOptions> options)
{
    private const int Digits = 16;
    private readonly SplitKey[] _keys =
        [.. options.Value.SplitKeys.Where(key => key.Length > 0).Select(key => new SplitKey(SecretKey.Read(key)!))];

    /// <summary>
    /// A seed that nobody can guess, as the terms hold it: 16 hex digits. With a key: the key's id, a dot, and 16 hex
    /// digits.
    /// </summary>
    public string New()
    {
        var digits = RandomNumberGenerator.GetHexString(Digits, lowercase: true);
        return _keys is [var key, ..] ? $"{key.Id}.{digits}" : digits;
    }

    /// <summary>
    /// The shares of a packet as <c>grab.lua</c> reads them. The same terms yield the same shares for ever. Null when
    /// the seed was made with a key that the settings do not have.
    /// </summary>
    public string? Shares(long amountFen, PacketTerms terms) =>
        Seed(terms.Seed) is { } seed ? Splits.ToText(Splits.ByName(terms.Split).Split(amountFen, terms.Count, seed)) : null;

    /// <summary>True for a text that <see cref="New"/> may have made, with any key.</summary>
    public static bool IsSeed(string text) => text.Split('.') switch
    {
        [var digits] => IsHex(digits, Digits),
        [var id, var digits] => IsHex(id, SplitKey.IdDigits) && IsHex(digits, Digits),
        _ => false,
    };

    private ulong? Seed(string text) => text.Split('.') switch
    {
        [var digits] => ulong.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        [var id, var digits] => Array.Find(_keys, key => key.Id == id)?.Seed(digits),
        _ => throw new InvalidDataException($"'{text}' is no seed."),
    };

    private static bool IsHex(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigit);

    private sealed class SplitKey(byte[] secret)
    {
        public const int IdDigits = 8;

        /// <summary>Tells keys apart, and says nothing of them.</summary>
        public string Id { get; } = Convert.ToHexStringLower(Hash(secret, "id").AsSpan(0, IdDigits / 2));

        public ulong Seed(string name) => BinaryPrimitives.ReadUInt64LittleEndian(Hash(secret, $"seed {name}"));

        private static byte[] Hash(byte[] secret, string text) =>
            HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(text));
    }
}
