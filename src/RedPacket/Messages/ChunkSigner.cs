using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace RedPacket.Messages;

/// <summary>
/// Signs messages and verifies them (PROTOCOL 5.3): HMAC-SHA-256 over a version, the shard, the run, and each delivery
/// number and entry with its length. When it was published and its trace are not signed, because no money follows from
/// them.
/// </summary>
/// <param name="keys">The first signs, and all verify. Without keys nothing is signed, and everything verifies.</param>
internal sealed class ChunkSigner(IReadOnlyList<byte[]> keys)
{
    private const int Version = 1;

    /// <summary>The message with its signature.</summary>
    public TransfersAccepted Sign(TransfersAccepted message) => keys.Count == 0
        ? message
        : message with { Signature = Convert.ToBase64String(HMACSHA256.HashData(keys[0], Signed(message).Span)) };

    /// <summary>True for a message that one of the keys has signed. Its numbers and entries must be there.</summary>
    public bool Verifies(TransfersAccepted message)
    {
        if (keys.Count == 0)
            return true;
        var claimed = new byte[HMACSHA256.HashSizeInBytes];
        if (!Convert.TryFromBase64String(message.Signature ?? "", claimed, out var length) || length != claimed.Length)
            return false;
        var signed = Signed(message);
        return keys.Any(key => CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(key, signed.Span), claimed));
    }

    private static ReadOnlyMemory<byte> Signed(TransfersAccepted message)
    {
        var bytes = new ArrayBufferWriter<byte>(64 + 128 * message.Entries.Length);
        Add(bytes, Version);
        Add(bytes, message.Shard);
        Add(bytes, message.Run ?? "");
        Add(bytes, message.Entries.Length);
        foreach (var (seq, entry) in message.Seqs.Zip(message.Entries))
        {
            Add(bytes, seq);
            Add(bytes, entry);
        }
        return bytes.WrittenMemory;
    }

    private static void Add(ArrayBufferWriter<byte> bytes, long number)
    {
        BinaryPrimitives.WriteInt64BigEndian(bytes.GetSpan(sizeof(long)), number);
        bytes.Advance(sizeof(long));
    }

    private static void Add(ArrayBufferWriter<byte> bytes, string text)
    {
        Add(bytes, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, bytes);
    }
}
