using System.Text;

namespace RedPacket.Hosting;

/// <summary>A symmetric key as settings write it.</summary>
internal static class SecretKey
{
    /// <summary>HS256 wants a key at least as long as its hash.</summary>
    public const int LeastBytes = 32;

    /// <summary>
    /// The bytes of a key: base64 of at least 32 bytes, or text of at least 32 bytes. A prefix <c>text:</c> makes it
    /// text in any case. Null when they are too few.
    /// </summary>
    public static byte[]? Read(string key)
    {
        if (key.StartsWith("text:", StringComparison.Ordinal))
            return Long(Encoding.UTF8.GetBytes(key["text:".Length..]));
        var bytes = new byte[key.Length];
        return Convert.TryFromBase64String(key, bytes, out var length) && length >= LeastBytes
            ? bytes[..length]
            : Long(Encoding.UTF8.GetBytes(key));
    }

    private static byte[]? Long(byte[] bytes) => bytes.Length >= LeastBytes ? bytes : null;
}
